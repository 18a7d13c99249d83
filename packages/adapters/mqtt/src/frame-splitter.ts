/** Why a stream of bytes can’t be cut into MQTT packets: the connection has to end. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FrameError'
  }
}

/**
 * Cuts a stream of bytes into whole MQTT packets, looking at nothing but their fixed headers. A packet that is
 * too large is refused by its header, before any of its body is kept; a body that comes in pieces is copied
 * into one buffer of its exact length, so that many small pieces cost no more than one large one.
 */
export interface FrameSplitter {
  /** Hands every packet that is whole now to `onFrame`. Throws a FrameError. */
  push(chunk: Buffer, onFrame: (frame: Buffer) => void): void
  /** Length of the packet that has begun and is not whole; 0 where there is none, or its header is not whole. */
  readonly awaitedBytes: number
  /** Whether a packet has begun and is not whole. */
  readonly partial: boolean
}

export function createFrameSplitter(options: { maxPacketBytes: number }): FrameSplitter {
  /** the beginning of a packet, as a piece of the chunk that it came in */
  let rest: Buffer | undefined
  /** the body under assembly, from its second piece on */
  let assembly: { buffer: Buffer; filled: number } | undefined
  let awaitedBytes = 0

  function fill(chunk: Buffer): Buffer | undefined {
    if (!assembly) {
      assembly = { buffer: Buffer.allocUnsafe(awaitedBytes), filled: 0 }
      assembly.filled = rest!.copy(assembly.buffer)
      rest = undefined
    }
    const copied = chunk.copy(assembly.buffer, assembly.filled)
    assembly.filled += copied
    return chunk.subarray(copied)
  }

  return {
    get awaitedBytes() {
      return awaitedBytes
    },
    get partial() {
      return rest !== undefined || assembly !== undefined
    },
    push(chunk, onFrame) {
      let bytes = chunk
      if (awaitedBytes > 0) {
        bytes = fill(chunk)!
        if (assembly!.filled < awaitedBytes) return
        const frame = assembly!.buffer
        assembly = undefined
        awaitedBytes = 0
        onFrame(frame)
      } else if (rest) {
        // at most four bytes of a fixed header
        bytes = Buffer.concat([rest, chunk])
        rest = undefined
      }
      let at = 0
      while (at < bytes.length) {
        const length = frameLength(bytes, at)
        if (length === undefined) break
        if (length > options.maxPacketBytes) {
          throw new FrameError(`a packet of ${length} bytes; at most ${options.maxPacketBytes}`)
        }
        if (at + length > bytes.length) {
          awaitedBytes = length
          break
        }
        onFrame(bytes.subarray(at, at + length))
        at += length
      }
      if (at < bytes.length) rest = bytes.subarray(at)
    },
  }
}

/** Whether these bytes are one whole packet, if they begin with one. */
export function isWholeFrame(bytes: Buffer): boolean {
  try {
    return frameLength(bytes, 0) === bytes.length
  } catch {
    return false
  }
}

/** Length of the packet that begins at `at`, fixed header included; undefined where its header is not whole. */
function frameLength(bytes: Buffer, at: number): number | undefined {
  let remaining = 0
  let factor = 1
  for (let size = 1; size <= 4; size++) {
    const byte = bytes[at + size]
    if (byte === undefined) return undefined
    remaining += (byte & 0x7f) * factor
    if (byte < 0x80) return 1 + size + remaining
    factor *= 128
  }
  throw new FrameError('the length of a packet has more than four bytes')
}
