const PUBACK = 0x4002
const PUBACK_BYTES = 4

/** Ids whose PUBACK goes out at the end of this turn of the loop, all in one write. */
export interface PubackBatch {
  add(messageId: number): void
  /** Writes at once what waits. */
  flush(): void
}

export function createPubackBatch(write: (bytes: Buffer) => void): PubackBatch {
  let ids: number[] = []

  function flush(): void {
    if (ids.length === 0) return
    const bytes = Buffer.allocUnsafe(ids.length * PUBACK_BYTES)
    for (let at = 0; at < ids.length; at++) {
      bytes.writeUInt16BE(PUBACK, at * PUBACK_BYTES)
      bytes.writeUInt16BE(ids[at]!, at * PUBACK_BYTES + 2)
    }
    ids = []
    write(bytes)
  }

  return {
    add(messageId) {
      if (ids.push(messageId) === 1) process.nextTick(flush)
    },
    flush,
  }
}
