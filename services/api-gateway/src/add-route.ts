import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { createValidator } from './check-part.js'
import { describeRoute } from './openapi.js'
import type { Answer, Peer, Route, RouteContract } from './route.js'
import type { Admission } from './security/admission.js'
import { REFRESH_COOKIE, writeRefreshCookie } from './sessions/refresh-cookie.js'

/** Puts a route on the server: whoever may ask is let in, what they ask is checked, and what comes of it is sent. */
export function addRoute(app: FastifyInstance, { contract, handle }: Route, admission: Admission): void {
  app.route({
    method: contract.method,
    url: contract.path.replace(/\{(\w+)\}/g, ':$1'),
    schema: describeRoute(contract),
    config: { contract },
    validatorCompiler: ({ schema, httpPart }) => createValidator(schema as TSchema, httpPart, contract),
    async onRequest(request) {
      const { authorization } = request.headers
      request.claims = await admission.admit(contract, { authorization, address: request.ip })
    },
    async handler(request, reply) {
      const { params, query, headers, body, claims } = request
      const asked = { params, query, headers, body, caller: claims, peer: peerOf(request) }
      const answer = await handle({ ...asked, gone: () => goneSignal(reply) } as never)
      return sendAnswer(answer, contract, request, reply)
    },
  })
}

/** Made for the few who ask for it: most answers are ready before anybody could leave. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  if (raw.destroyed) controller.abort()
  else raw.once('close', () => controller.abort())
  return controller.signal
}

function peerOf(request: FastifyRequest): Peer {
  const { origin, 'sec-fetch-site': fetchSite } = request.headers
  const refreshCookie = request.cookies[REFRESH_COOKIE]
  return {
    address: request.ip,
    host: request.host,
    secure: request.protocol === 'https',
    ...(origin !== undefined && { origin }),
    ...(typeof fetchSite === 'string' && { fetchSite }),
    ...(refreshCookie !== undefined && { refreshCookie }),
  }
}

function sendAnswer(answer: Answer, contract: RouteContract, request: FastifyRequest, reply: FastifyReply) {
  if (answer.refreshCookie) {
    const { value, attributes } = writeRefreshCookie(answer.refreshCookie, request.protocol === 'https')
    reply.setCookie(REFRESH_COOKIE, value, attributes)
  }
  return reply.code(answer.pending ? 202 : contract.status).send(answer.body)
}
