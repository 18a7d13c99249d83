import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** Clients that cost next to nothing: raw WebSockets whose bytes and frames are counted and dropped. */
export interface RawClient {
  /** since it was subscribed: bytes with their headers, and frames */
  readonly counted: { bytes: number; frames: number }
  /** Sends one more packet; resolves when a text of its answer has come. */
  ask(packet: string, answered: string): Promise<void>
  /** Reads no more, as a browser does whose page is frozen. */
  freeze(): void
  close(): void
}

export interface RawClientOptions {
  readonly port: number
  /** sent with CONNECT */
  readonly auth: object
  /** a text that is in what the server sends when it has let the client in */
  readonly welcome: string
  /** the packet that subscribes, and a text of its answer; undefined where there is none */
  readonly subscribe: string
  readonly subscribed: string | undefined
  /** sees what is counted */
  readonly onData?: ((chunk: Buffer) => void) | undefined
}

/** Opens a WebSocket, says CONNECT, subscribes, and resolves when the answer to that has come. */
export async function openRawClient(options: RawClientOptions): Promise<RawClient> {
  const { port } = options
  const socket = connect(port, '127.0.0.1')
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  const said = await readUntil(socket, '0{', () =>
    socket.write(textFrame(`40${JSON.stringify(options.auth)}`)),
  )
  if (!said.includes('101')) throw new Error(`no upgrade: ${said.slice(0, 80)}`)
  await readUntil(socket, options.welcome, () => {
    socket.write(textFrame(options.subscribe))
  })
  if (options.subscribed !== undefined) await readUntil(socket, options.subscribed, () => {})
  const counted = { bytes: 0, frames: 0 }
  const countFrames = createFrameCounter()
  socket.on('data', (chunk) => {
    counted.bytes += chunk.length
    counted.frames += countFrames(chunk)
    options.onData?.(chunk)
  })
  socket.on('error', () => {})
  return {
    counted,
    async ask(packet, answered) {
      const answer = readUntil(socket, answered, () => {})
      socket.write(textFrame(packet))
      await answer
    },
    freeze: () => void socket.pause(),
    close: () => void socket.destroy(),
  }
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

/** Reads until a text has come, and then does the next step. */
async function readUntil(socket: Socket, text: string, then: () => void): Promise<string> {
  let seen = ''
  return await new Promise((resolve, reject) => {
    const onClose = () => reject(new Error(`closed before “${text}” came, after: ${seen.slice(-200)}`))
    const onData = (chunk: Buffer) => {
      seen += chunk.toString('latin1')
      if (!seen.includes(text)) return
      socket.off('data', onData)
      socket.off('error', reject)
      socket.off('close', onClose)
      then()
      resolve(seen)
    }
    socket.once('error', reject)
    socket.once('close', onClose)
    socket.on('data', onData)
  })
}

/** Counts the frames that begin in each chunk; the first chunk begins with one. */
function createFrameCounter(): (chunk: Buffer) => number {
  /** bytes of the payload that have not come */
  let left = 0
  /** a header that has not come whole */
  let begun: Buffer = Buffer.alloc(0)
  return (chunk) => {
    let frames = 0
    let data = begun.length > 0 ? Buffer.concat([begun, chunk]) : chunk
    begun = Buffer.alloc(0)
    while (data.length > 0) {
      if (left > 0) {
        const taken = Math.min(left, data.length)
        left -= taken
        data = data.subarray(taken)
        continue
      }
      const header = readHeader(data)
      if (!header) {
        begun = data
        break
      }
      frames += 1
      left = header.payload
      data = data.subarray(header.length)
    }
    return frames
  }
}

/** RFC 6455, server to client: never masked. Undefined while it is not whole. */
function readHeader(data: Buffer): { length: number; payload: number } | undefined {
  if (data.length < 2) return undefined
  const short = data[1]! & 0x7f
  if (short < 126) return { length: 2, payload: short }
  if (short === 126) return data.length < 4 ? undefined : { length: 4, payload: data.readUInt16BE(2) }
  return data.length < 10 ? undefined : { length: 10, payload: Number(data.readBigUInt64BE(2)) }
}
