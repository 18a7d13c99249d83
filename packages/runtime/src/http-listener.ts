import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StartError } from './app-error.js'
import type { Component } from './component.js'
import type { Logger } from './logger.js'

/** How long requests under way may take to end on stop, before their connections are cut. */
const CLOSE_LIMIT_MS = 3_000

export interface HttpListenerOptions {
  readonly server: Server
  readonly host: string
  /** 0: any free one */
  readonly port: number
  /** the variable that sets the port, named when the port can't be had */
  readonly portVariable: string
  readonly log: Logger
}

export interface HttpListener extends Component {
  /** The port that is listened on. Throws before the start. */
  port(): number
}

/**
 * Listens on a server that others have given their handlers, and closes it. Start rejects with a StartError
 * that says what to do where the port is taken or not allowed. Stop takes no new connections, closes idle
 * ones at once, waits at most 3 s for requests under way, then cuts what is left.
 */
export function createHttpListener(options: HttpListenerOptions): HttpListener {
  const { server, log } = options

  return {
    name: 'http-listener',
    async start() {
      await listen(options)
      const { port } = server.address() as AddressInfo
      log.info({ host: options.host, port }, 'listening for HTTP')
    },
    async stop() {
      if (!server.listening) return
      await close(server)
    },
    port() {
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('the HTTP server is not listening')
      return address.port
    },
  }
}

function listen(options: HttpListenerOptions): Promise<void> {
  const { server, host, port } = options
  return new Promise((resolve, reject) => {
    function failed(error: NodeJS.ErrnoException): void {
      server.off('listening', succeeded)
      reject(explain(error, options))
    }
    function succeeded(): void {
      server.off('error', failed)
      resolve()
    }
    server.once('error', failed)
    server.once('listening', succeeded)
    server.listen({ host, port })
  })
}

function explain(error: NodeJS.ErrnoException, options: HttpListenerOptions): Error {
  const { host, port, portVariable } = options
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartError(
        `Port ${port} on ${host} is taken by another program: end that program, or set ${portVariable} to a free port.`,
        { cause: error },
      )
    case 'EACCES':
      return new StartError(
        `This user may not listen on port ${port}: set ${portVariable} to a port above 1023, or allow this one.`,
        { cause: error },
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(
        `This machine has no address ${host} to listen on: set HOST to one that it has.`,
        {
          cause: error,
        },
      )
    default:
      return error
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => server.closeAllConnections(), CLOSE_LIMIT_MS)
    server.close(() => {
      clearTimeout(limit)
      resolve()
    })
    server.closeIdleConnections()
  })
}
