import type { AccessClaims, ErrorCode, Role } from '@iot/contracts'
import type { Static, TSchema } from 'typebox'

/**
 * What a route promises: from it come its checks, its documentation and its rows in the security test.
 * `path` is written as OpenAPI has it: `/api/devices/{deviceId}`.
 */
export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: `/${string}`
  readonly summary: string
  readonly tag: 'auth' | 'users' | 'devices' | 'readings' | 'alerts' | 'notifications' | 'system'
  /** `open`: without a login; a role: that one and those above it */
  readonly access: 'open' | Role
  /** holds what is of devices of every site: who is limited to some is refused */
  readonly everySite?: true
  /** which requests of an open route count against the address: see docs/decisions/0072 */
  readonly counts?: 'every' | 'failed' | 'none'
  readonly params?: TSchema
  readonly query?: TSchema
  /** names in lower case; others are let through */
  readonly headers?: TSchema
  readonly body?: TSchema
  /** a request without a body stands for an empty one */
  readonly bodyOptional?: true
  readonly status: 200 | 201 | 204
  /** the answer may come before what was asked for is done: then its status is 202 */
  readonly mayPend?: true
  /** left out with status 204 */
  readonly answer?: TSchema
  /** beyond those that follow from access, checks and limits */
  readonly errors?: readonly ErrorCode[]
}

type Part<Schema> = Schema extends TSchema ? Static<Schema> : undefined

/** A request that was let in and whose parts fit their schemas. */
export interface Call<Contract extends RouteContract = RouteContract> {
  readonly params: Part<Contract['params']>
  readonly query: Part<Contract['query']>
  readonly headers: Part<Contract['headers']>
  readonly body: Part<Contract['body']>
  /** who asks, from the access token */
  readonly caller: Contract['access'] extends Role ? AccessClaims : AccessClaims | undefined
  readonly peer: Peer
  /** Aborts when nobody waits for the answer any more. */
  gone(): AbortSignal
}

/** Where a request came from. */
export interface Peer {
  /** of the client, told by a trusted proxy where there is one */
  readonly address: string
  /** the host that the client asked for, with its port */
  readonly host: string
  /** true when the client's side of the connection is TLS */
  readonly secure: boolean
  readonly origin?: string
  readonly fetchSite?: string
  readonly refreshCookie?: string
}

export interface Answer<Contract extends RouteContract = RouteContract> {
  readonly body: Part<Contract['answer']>
  readonly refreshCookie?: RefreshCookie
  /** not done yet; only where the contract says `mayPend` */
  readonly pending?: boolean
}

/** What becomes of the cookie that holds the refresh token. */
export type RefreshCookie =
  | { readonly set: string; readonly maxAgeSeconds: number }
  | { readonly clear: true }

export interface Route<Contract extends RouteContract = RouteContract> {
  readonly contract: Contract
  handle(call: Call<Contract>): Promise<Answer<Contract>>
}

/** Joins a contract and its handler, so that the handler's types come from the schemas. */
export function route<const Contract extends RouteContract>(
  contract: Contract,
  handle: (call: Call<Contract>) => Promise<Answer<Contract>>,
): Route {
  return { contract, handle } as unknown as Route
}
