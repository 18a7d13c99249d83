import { ERROR_CODES, type ErrorCode, Problem } from '@iot/contracts'
import type { TSchema } from 'typebox'
import type { RouteContract } from './route.js'

/** Parts of the document that are not made from routes. */
export function openApiFrame(version: string) {
  return {
    openapi: '3.1.0' as const,
    info: {
      title: 'IoT Monitoring',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Lists answer `{items, nextCursor?}` and take `limit` and `cursor`. Times are ISO 8601 in UTC. ' +
        'Errors are RFC 9457 problems with a `code`.',
    },
    tags: [
      { name: 'auth', description: 'Logging in, staying in, the first administrator' },
      { name: 'users', description: 'Who may come in, and what exists for them' },
      { name: 'devices', description: 'Devices and their credentials' },
      { name: 'readings', description: 'What sensors measured' },
      { name: 'alerts', description: 'Rules, what they opened, and what people do about it' },
      { name: 'notifications', description: 'Notices for users, and what they have read' },
      { name: 'system', description: 'How the system itself is' },
    ],
    components: {
      securitySchemes: {
        accessToken: { type: 'http' as const, scheme: 'bearer', bearerFormat: 'JWT' },
      },
    },
  }
}

/** Every error code that a route may answer with: its own, and those that follow from what it checks. */
export function errorCodesOf(contract: RouteContract): ErrorCode[] {
  const codes: ErrorCode[] = [...(contract.errors ?? [])]
  if (contract.access !== 'open') codes.push('UNAUTHENTICATED', 'TOKEN_EXPIRED')
  if (contract.access === 'operator' || contract.access === 'admin') codes.push('FORBIDDEN')
  if (contract.access !== 'open' || contract.counts !== 'none') codes.push('RATE_LIMITED')
  if (contract.params || contract.query || contract.headers || contract.body) codes.push('VALIDATION_FAILED')
  if (contract.params || contract.method !== 'GET') codes.push('BAD_REQUEST')
  if (contract.method !== 'GET') codes.push('PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE')
  codes.push('INTERNAL', 'UNAVAILABLE')
  return codes
}

/** A route as the documentation's maker wants it. */
export function describeRoute(contract: RouteContract) {
  const { params, query, headers, body, answer, status, mayPend } = contract
  return {
    operationId: operationId(contract),
    summary: contract.summary,
    tags: [contract.tag],
    ...(contract.access !== 'open' && {
      security: [{ accessToken: [] }],
      description: `Role: ${contract.access}${contract.access === 'admin' ? '' : ' or above'}.`,
    }),
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(headers && { headers }),
    ...(body && { body }),
    response: {
      ...success(status, answer),
      ...(mayPend && success(202, answer, 'Taken in; what it will come to is not known yet')),
      ...failures(errorCodesOf(contract)),
    },
  }
}

interface Documented {
  paths?: Record<string, Record<string, { requestBody?: { required?: boolean } } | undefined> | undefined>
}

/** The documentation's maker takes every body for required; says it of those that may be left out. */
export function markOptionalBodies<Document>(
  document: Document,
  contracts: readonly RouteContract[],
): Document {
  const { paths } = document as Documented
  for (const { path, method, bodyOptional } of contracts) {
    const body = paths?.[path]?.[method.toLowerCase()]?.requestBody
    if (body && bodyOptional) body.required = false
  }
  return document
}

function success(status: number, answer: TSchema | undefined, description = 'Done') {
  return {
    [status]: answer
      ? { description, content: { 'application/json': { schema: answer } } }
      : { description, type: 'null' },
  }
}

function failures(codes: readonly ErrorCode[]): Record<string, object> {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) {
    const { status } = ERROR_CODES[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, listed]) => [
      status,
      {
        description: listed.map((code) => `\`${code}\`: ${ERROR_CODES[code].title}`).join('. '),
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  )
}

/** `GET /api/devices/{deviceId}/latest` is `getDevicesByDeviceIdLatest`. */
function operationId({ method, path }: RouteContract): string {
  const words = path
    .replace(/^\/api/, '')
    .replace(/\{(\w+)\}/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
  return [method.toLowerCase(), ...words.map((word) => word[0]!.toUpperCase() + word.slice(1))].join('')
}
