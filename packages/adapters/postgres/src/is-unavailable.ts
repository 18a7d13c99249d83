import pg from 'pg'

/**
 * SQLSTATEs, or classes of them, that say “not now”: connection lost, resources used up (a full disk too),
 * deadlock or serialisation, lock not got, server going down or timing out, trouble with its files.
 */
const NOT_NOW = ['08', '53', '40001', '40P01', '55P03', '57P01', '57P02', '57P03', '57014', '58', '25P03']

/** Names of errors that a caller has made. */
const MISTAKES = new Set(['TypeError', 'RangeError', 'SyntaxError'])

/** Whether an error of pg means that the server is away or can’t serve now, so that a retry may help. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) {
    const state = error.code ?? ''
    return NOT_NOW.some((code) => state.startsWith(code))
  }
  // What pg itself throws has no class of its own: a lost socket, a timeout, a client that was closed.
  return typeof error === 'object' && error !== null && 'name' in error && !MISTAKES.has(String(error.name))
}
