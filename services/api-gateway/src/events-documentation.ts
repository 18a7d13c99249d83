import type { FastifyInstance } from 'fastify'
import { type AsyncApiDocument, describeEvents } from './asyncapi.js'
import { DOCS_PATH } from './documentation-page.js'
import { EVENTS_STYLE, eventsPage } from './events-page.js'

const EVENTS_PATH = `${DOCS_PATH}/events`
const JSON_PATH = `${EVENTS_PATH}/json`
const STYLE_PATH = `${EVENTS_PATH}/style.css`

/** The AsyncAPI document; for who asks for HTML (a browser), a page of it. */
export function addEventsDocumentation(app: FastifyInstance): void {
  let made: AsyncApiDocument | undefined
  const document = () => (made ??= describeEvents())
  const options = { schema: { hide: true } }

  app.get(EVENTS_PATH, options, async (request, reply) => {
    reply.header('vary', 'accept')
    if (!request.headers.accept?.includes('text/html')) return reply.send(document())
    const page = eventsPage(document(), { json: JSON_PATH, style: STYLE_PATH })
    return reply.type('text/html; charset=utf-8').send(page)
  })
  app.get(JSON_PATH, options, async () => document())
  app.get(STYLE_PATH, options, async (_, reply) => reply.type('text/css').send(EVENTS_STYLE))
}
