import { isIP, type Socket } from 'node:net'

/** The longest line of version 1 of the PROXY protocol, its end included. */
const MAX_BYTES = 107
const PREFIX = Buffer.from('PROXY ')
const NEWLINE = 0x0a
const FAMILIES: Readonly<Record<string, number>> = { TCP4: 4, TCP6: 6 }

/**
 * Why no address could be read: `closed` by the peer before it said anything, as health checks do; `timeout`, or
 * `malformed` where the proxy does not say whom it speaks for.
 */
export type ProxyFault = 'closed' | 'timeout' | 'malformed'

export interface ProxyLineDeps {
  readonly socket: Socket
  readonly timeoutMs: number
  /** The client’s address, or undefined where the proxy speaks for itself; what came behind the line is read next. */
  onAddress(address: string | undefined): void
  onFault(fault: ProxyFault): void
}

/** Reads the line with which a proxy says whose connection it passes on (HAProxy’s `send-proxy`). Calls back once. */
export function readProxyLine({ socket, timeoutMs, onAddress, onFault }: ProxyLineDeps): void {
  let line: Buffer = Buffer.alloc(0)
  const timer = setTimeout(() => finish(() => onFault('timeout')), timeoutMs)

  function finish(tell: () => void): void {
    clearTimeout(timer)
    socket.off('data', take).off('end', close).off('close', close)
    tell()
  }
  function close(): void {
    finish(() => onFault(line.length === 0 ? 'closed' : 'malformed'))
  }
  function take(chunk: Buffer): void {
    line = line.length === 0 ? chunk : Buffer.concat([line, chunk])
    const newline = line.subarray(0, MAX_BYTES).indexOf(NEWLINE)
    const begins = Math.min(line.length, PREFIX.length)
    const isProxy = line.subarray(0, begins).equals(PREFIX.subarray(0, begins))
    if (!isProxy || (newline < 0 && line.length >= MAX_BYTES)) finish(() => onFault('malformed'))
    else if (newline >= 0) finish(() => readWhole(newline))
  }
  function readWhole(newline: number): void {
    const address = parseProxyLine(line.toString('latin1', 0, newline + 1))
    if (address === 'malformed') {
      onFault('malformed')
      return
    }
    // The socket stands still until somebody else listens, who gets what came behind the line first.
    socket.pause()
    if (newline + 1 < line.length) socket.unshift(line.subarray(newline + 1))
    onAddress(address)
    socket.resume()
  }

  socket.on('data', take).on('end', close).on('close', close)
}

/** The client’s address in a whole line; undefined where it names none (UNKNOWN: a check of the proxy’s own). */
export function parseProxyLine(line: string): string | undefined | 'malformed' {
  if (!line.endsWith('\r\n')) return 'malformed'
  const [prefix, family = '', source = '', target = '', ...ports] = line.slice(0, -2).split(' ')
  if (prefix !== 'PROXY') return 'malformed'
  if (family === 'UNKNOWN') return undefined
  const version = FAMILIES[family]
  const isWhole =
    version !== undefined &&
    isIP(source) === version &&
    isIP(target) === version &&
    ports.length === 2 &&
    ports.every((port) => /^\d{1,5}$/.test(port) && Number(port) <= 65_535)
  return isWhole ? source : 'malformed'
}
