/** Bytes of one connection that may wait to be gathered; beyond, they are handed on at once. */
const MAX_BYTES = 65_536

interface Chunk {
  readonly bytes: Buffer
  /** when it was read from the socket, ms since 1970 */
  readonly atMs: number
}

/** Does work at once, or later, in the order of the calls. */
export type Gather = (work: () => void) => void

/** Messages that a connection has read and not looked at yet, as that is done for many connections together. */
export interface UnreadChunks {
  add(chunk: Chunk): void
  /** Hands on what waits. */
  handOn(): void
}

export function createUnreadChunks(deps: {
  gather: Gather
  onChunk: (bytes: Buffer, atMs: number) => void
}): UnreadChunks {
  let chunks: Chunk[] = []
  let bytes = 0

  function handOn(): void {
    const handed = chunks
    chunks = []
    bytes = 0
    for (const chunk of handed) deps.onChunk(chunk.bytes, chunk.atMs)
  }

  return {
    add(chunk) {
      bytes += chunk.bytes.length
      chunks.push(chunk)
      if (bytes >= MAX_BYTES) handOn()
      // Also where some wait already: who gathers hears when the last one came, and how many there are.
      else deps.gather(handOn)
    },
    handOn,
  }
}
