import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EngineSocket } from './engine-socket.js'

/** What Engine.IO parses of a request before its middleware is called. */
type EngineRequest = IncomingMessage & { readonly _query?: { readonly sid?: string } }

/** What we use of Engine.IO's server beyond its published types. */
export interface Engine {
  readonly clients: Readonly<Record<string, unknown>>
  use(middleware: (request: EngineRequest, response: ServerResponse, next: () => void) => void): void
}

const TOO_LARGE = 413

/**
 * Calls back with the connection of a poller whose packet passed the bound. Engine.IO answers 413 and goes on to wait for
 * such a client, which is none any more: a stock one takes the answer for the end, and comes back.
 */
export function onTooLargePost(engine: Engine, callBack: (conn: EngineSocket) => void): void {
  engine.use((request, response, next) => {
    const sid = request._query?.sid
    if (request.method === 'POST' && sid !== undefined && Object.hasOwn(engine.clients, sid)) {
      response.once('close', () => {
        const conn = response.statusCode === TOO_LARGE ? engine.clients[sid] : undefined
        if (conn) callBack(conn as EngineSocket)
      })
    }
    next()
  })
}
