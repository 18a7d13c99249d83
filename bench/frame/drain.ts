import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { CLIENTS, type DrainMessage, type DrainOrder, type Side } from './protocol.js'

/** Clients that cost next to nothing: raw sockets whose bytes are counted and dropped. */
const bytes: Record<Side, number> = { ours: 0, stock: 0 }

function tell(message: DrainMessage): void {
  process.send!(message)
}

/** RFC 6455, client to server: one masked text frame. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const mask = randomBytes(4)
  const long = payload.length >= 126
  const header = Buffer.alloc(long ? 4 : 2)
  header[0] = 0x81
  header[1] = 0x80 | (long ? 126 : payload.length)
  if (long) header.writeUInt16BE(payload.length, 2)
  return Buffer.concat([header, mask, payload.map((byte, index) => byte ^ mask[index % 4]!)])
}

/** Opens a WebSocket, says CONNECT, subscribes, and resolves when the answer to that has come. */
async function openClient(side: Side, port: number, token: string): Promise<void> {
  const socket: Socket = connect(port, '127.0.0.1')
  const options = side === 'ours' ? ',{"names":["sensor:reading"]}' : ''
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  const said = await readUntil(socket, '0{', () => socket.write(textFrame(`40${JSON.stringify({ token })}`)))
  if (!said.includes('101')) throw new Error(`no upgrade: ${said.slice(0, 80)}`)
  await readUntil(socket, side === 'ours' ? '"welcome"' : '40{', () => {
    socket.write(textFrame(`42${side === 'ours' ? '1' : ''}["subscribe:device","d1"${options}]`))
  })
  if (side === 'ours') await readUntil(socket, '431[', () => {})
  socket.on('data', (chunk) => {
    bytes[side] += chunk.length
  })
}

/** Reads until a text has come, and then does the next step. */
async function readUntil(socket: Socket, text: string, then: () => void): Promise<string> {
  let seen = ''
  return await new Promise((resolve, reject) => {
    socket.once('error', reject)
    const onData = (chunk: Buffer) => {
      seen += chunk.toString('latin1')
      if (!seen.includes(text)) return
      socket.off('data', onData)
      socket.off('error', reject)
      then()
      resolve(seen)
    }
    socket.on('data', onData)
  })
}

process.on('message', async (order: DrainOrder) => {
  if (order.kind === 'count') return tell({ kind: 'counted', bytes })
  for (let client = 0; client < CLIENTS; client++) await openClient(order.side, order.port, order.token)
  tell({ kind: 'connected', side: order.side })
})
process.on('disconnect', () => process.exit(0))
