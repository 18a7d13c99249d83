import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTokenService } from '@iot/adapter-jose'
import { systemClock } from '@iot/ports'
import { Server } from 'socket.io'
import { createOurs, NO_LIMITS } from '../frame/sides.js'
import type { ServerMessage, Side } from './protocol.js'

/** Socket.IO as its documentation has it: a token checked in the handshake, a room per device, an answer. */
async function createStock(): Promise<{ server: HttpServer; token: string }> {
  const server = createServer()
  const tokens = createTokenService({ secret: 'a secret for the bench, 32 bytes or more' })
  const io = new Server(server, { perMessageDeflate: false, serveClient: false, pingInterval: 600_000 })
  io.use((socket, next) => {
    tokens.verify(socket.handshake.auth.token, Date.now()).then((verified) => {
      if (!verified.ok) return next(new Error('UNAUTHENTICATED'))
      socket.data.user = verified.claims
      next()
    }, next)
  })
  io.on('connection', (socket) => {
    socket.emit('welcome', { sessionId: socket.id })
    socket.on('subscribe:device', (deviceId: string, answer: (body: object) => void) => {
      socket.join(`device:${deviceId}`)
      answer({ ok: true })
    })
  })
  const claims = { userId: '1', username: 'bench', role: 'user', userVersion: 0 } as const
  const { token } = await tokens.issue(claims, systemClock.nowMs())
  return { server, token }
}

const { server, token } = await ((process.argv[2] as Side) === 'ours' ? createOurs(NO_LIMITS) : createStock())

function tell(message: ServerMessage): void {
  process.send!(message)
}

/** What is alive, buffers outside of the heap too; resident memory keeps what the past has needed. */
process.on('message', async () => {
  for (let round = 0; round < 3; round++) {
    globalThis.gc!()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  tell({ kind: 'measured', aliveBytes: heapUsed + external, residentBytes: rss })
})
process.on('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1', () => {
  tell({ kind: 'listening', port: (server.address() as AddressInfo).port, token })
})
