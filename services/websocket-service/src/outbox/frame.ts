/**
 * A Socket.IO event, encoded once for all who get it: as text for polling, and as the whole WebSocket frame
 * (header and payload in one buffer: one write instead of the two that the library itself makes).
 */
export interface Frame {
  readonly event: string
  /** the Socket.IO packet, `2["event",…]` */
  readonly text: string
  /** what it costs to queue, about; characters, which are bytes for nearly all of what we send */
  readonly bytes: number
  /** Engine.IO's write options: it passes `wsPreEncodedFrame` on to a WebSocket as it is */
  readonly options: WriteOptions
}

export interface WriteOptions {
  readonly compress: false
  readonly wsPreEncodedFrame: [Buffer]
}

/** Frames that go to the same receivers together: one write for a WebSocket, one packet each for polling. */
export interface Bundle {
  readonly frames: readonly Frame[]
  readonly bytes: number
  /** all of them as they go over a WebSocket */
  readonly wire: Buffer
}

/** A frame of an event whose body is JSON text already. */
export function createFrame(event: string, json: string): Frame {
  const text = `2["${event}",${json}]`
  return {
    event,
    text,
    bytes: text.length,
    options: { compress: false, wsPreEncodedFrame: [encodeTextFrame(`4${text}`)] },
  }
}

/** The same where the middle of the body lies there as bytes, in pieces; its text is made when somebody asks for it. */
export function createFrameOf(event: string, head: string, middle: readonly Buffer[], tail: string): Frame {
  const before = `42["${event}",${head}`
  const after = `${tail}]`
  const middleBytes = middle.reduce((sum, piece) => sum + piece.length, 0)
  const length = Buffer.byteLength(before) + middleBytes + Buffer.byteLength(after)
  const { frame, start } = frameWithHeader(length)
  let at = start + frame.write(before, start)
  for (const piece of middle) at += piece.copy(frame, at)
  frame.write(after, at)
  let text: string | undefined
  return {
    event,
    get text() {
      // What comes before it is the 4 of Engine.IO.
      text ??= frame.toString('utf8', start + 1)
      return text
    },
    bytes: length - 1,
    options: { compress: false, wsPreEncodedFrame: [frame] },
  }
}

export function createBundle(frames: readonly Frame[]): Bundle {
  const [first] = frames
  if (first !== undefined && frames.length === 1) {
    return { frames, bytes: first.bytes, wire: first.options.wsPreEncodedFrame[0] }
  }
  const wire = Buffer.concat(frames.map((frame) => frame.options.wsPreEncodedFrame[0]))
  return { frames, bytes: wire.length, wire }
}

/** RFC 6455, server to client: one final text frame, not masked. */
function encodeTextFrame(text: string): Buffer {
  const { frame, start } = frameWithHeader(Buffer.byteLength(text))
  frame.write(text, start, 'utf8')
  return frame
}

/** Room for a payload of so many bytes, and where it begins. */
function frameWithHeader(length: number): { frame: Buffer; start: number } {
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerLength + length)
  frame[0] = 0x81
  if (headerLength === 2) {
    frame[1] = length
  } else if (headerLength === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeUIntBE(0, 2, 2)
    frame.writeUIntBE(length, 4, 6)
  }
  return { frame, start: headerLength }
}
