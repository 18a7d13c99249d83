import type { LiveSocket } from './live-socket.js'

/** A minute is left when the server says so: a few tries fit in. */
const RETRY_MS = 10_000

export interface KeepTokenDeps {
  readonly socket: LiveSocket
  getToken(options: { fresh: boolean }): Promise<string | undefined>
  /** whether the connection still stands */
  isCurrent(): boolean
  after(ms: number, run: () => void): void
}

/**
 * The token of a living connection ends soon: gives the server a new one, so that the connection goes on. Where that
 * fails until the end the server closes, and the next attempt begins with a new token.
 */
export async function keepToken(deps: KeepTokenDeps): Promise<void> {
  const { socket, getToken, isCurrent, after } = deps
  const again = () => {
    if (isCurrent()) after(RETRY_MS, () => void keepToken(deps))
  }
  let token: string | undefined
  try {
    token = await getToken({ fresh: true })
  } catch {
    return again()
  }
  if (token === undefined || !isCurrent()) return
  socket.call('auth:refresh', [token], (answer) => {
    if (!answer.ok) again()
  })
}
