import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRedisBus, RedisConnection } from '@iot/adapter-redis'
import type { Reading } from '@iot/contracts'
import { silentLogger } from '@iot/runtime'
import { Server } from 'socket.io'
import { createReplica } from '../frame/sides.js'
import { GUIDE_CHANNEL, type ServerMessage, type Side } from './protocol.js'

const [side, host, port] = process.argv.slice(2) as [Side, string, string]
const redis = { host, port: Number(port), logger: silentLogger() }
const context = { signal: new AbortController().signal, fail }

/** The guide's loop: what Redis brings, a reading a message, goes to the device's room and to everybody's. No login. */
async function createGuide(): Promise<{ server: HttpServer; token: string }> {
  const server = createServer()
  const io = new Server(server, { perMessageDeflate: false, serveClient: false, pingInterval: 600_000 })
  io.on('connection', (socket) => {
    socket.on('subscribe:device', (deviceId: string) => socket.join(`device:${deviceId}`))
    socket.on('subscribe-all-devices', () => socket.join('all-devices'))
  })
  const connection = new RedisConnection(redis)
  await connection.start(context)
  connection.on({
    message(_, text) {
      const reading = JSON.parse(text) as Reading
      io.to(`device:${reading.deviceId}`).emit('sensor:reading', reading)
      io.to('all-devices').emit('sensor:all', reading)
    },
  })
  await connection.ask((client) => client.subscribe(GUIDE_CHANNEL))
  return { server, token: '' }
}

/** The whole websocket-service at the bus of the fleet. */
async function createOurs() {
  const bus = createRedisBus({ ...redis, windowBytes: 33_554_432 })
  await bus.start(context)
  return createReplica(bus)
}

function fail(error: unknown): never {
  throw error
}

const { server, token } = await (side === 'guide' ? createGuide() : createOurs())
process.on('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1', () => {
  const message: ServerMessage = { kind: 'listening', port: (server.address() as AddressInfo).port, token }
  process.send!(message)
})
