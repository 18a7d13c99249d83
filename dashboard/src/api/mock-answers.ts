import type { ErrorCode, Problem } from '@iot/contracts'

export interface MockRequest {
  method: string
  /** below the API's base */
  path: string
  query: URLSearchParams
  body: Record<string, unknown>
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
}

export function done(): Response {
  return new Response(null, { status: 204 })
}

export function problem(
  status: number,
  code: ErrorCode,
  title: string,
  errors?: Problem['errors'],
): Response {
  return new Response(
    JSON.stringify({
      type: `/errors/${code}`,
      title,
      status,
      code,
      requestId: 'req-mock-7f3a',
      ...(errors && { errors }),
    }),
    { status, headers: { 'content-type': 'application/problem+json' } },
  )
}
