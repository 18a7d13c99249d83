import type { Socket } from 'node:net'
import type { WriteOptions } from './outbox/frame.js'

/** What we use of Engine.IO's socket beyond its published types, and of the WebSocket in it. */
export interface EngineSocket {
  readonly readyState: string
  readonly writeBuffer: readonly { data?: string | Buffer }[]
  readonly transport: { readonly name: string; readonly writable: boolean; readonly socket?: RawWebSocket }
  /** what began the connection; Engine.IO does without it once it is open */
  request: object | null
  write(text: string, options: WriteOptions): void
  close(discard?: boolean): void
  on(event: 'close', listener: () => void): void
  once(event: 'close', listener: () => void): void
}

interface RawWebSocket {
  readonly readyState: number
  /** the TCP connection; Engine.IO reads the peer's address from it too */
  readonly _socket?: Pick<Socket, 'write' | 'writableLength' | 'bytesWritten' | 'bytesRead'> | null
  terminate(): void
}
export const OPEN = 1
export const CLOSED = 3

/** Who does not read would not read a farewell either, and would hold what waits for as long as it may take. */
export function abort(conn: EngineSocket): void {
  const webSocket = conn.transport.socket
  conn.close(true)
  webSocket?.terminate()
}

/** What the TCP connection of a WebSocket has not handed to the kernel. */
export function tcpBytes({ transport }: EngineSocket): number {
  return transport.socket?._socket?.writableLength ?? 0
}
