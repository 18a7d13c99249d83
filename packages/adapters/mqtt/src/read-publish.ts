/** A PUBLISH of QoS 0 or 1. */
export interface PlainPublish {
  readonly topic: string
  /** a view of the packet */
  readonly payload: Uint8Array
  /** QoS 1 has one */
  readonly messageId: number | undefined
}

const QOS_BITS = 0b0110
const QOS_1 = 0b0010
const NAME_LENGTH_BYTES = 2
const MESSAGE_ID_BYTES = 2
/** Characters that no topic of a PUBLISH may have, and `$`, with which nobody’s topics begin. */
const UNUSUAL = /^\$|[+#\0\ufffd]/

/**
 * Reads a whole packet of type PUBLISH. Undefined where it is of QoS 2, or anything about it is not as usual: that
 * is for the broker, which knows every rule.
 */
export function readPlainPublish(packet: Buffer): PlainPublish | undefined {
  const qos = packet[0]! & QOS_BITS
  if (qos > QOS_1) return undefined
  let at = 1
  while (packet[at]! >= 0x80) at += 1
  at += 1
  if (at + NAME_LENGTH_BYTES > packet.length) return undefined
  const nameLength = packet.readUInt16BE(at)
  at += NAME_LENGTH_BYTES
  const payloadAt = at + nameLength + (qos === QOS_1 ? MESSAGE_ID_BYTES : 0)
  if (nameLength === 0 || payloadAt > packet.length) return undefined
  const topic = readTopic(packet, at, nameLength)
  if (topic === undefined) return undefined
  const messageId = qos === QOS_1 ? packet.readUInt16BE(at + nameLength) : undefined
  if (messageId === 0) return undefined
  return { topic, payload: packet.subarray(payloadAt), messageId }
}

/**
 * The topic read last. Messages that come together are mostly on one, and to make a text of bytes and look
 * through it takes ten times as long as to see that they are the same.
 */
const lastBytes = Buffer.alloc(128)
let lastLength = 0
let lastTopic = ''

/** Undefined where it is unusual. */
function readTopic(packet: Buffer, at: number, length: number): string | undefined {
  if (isLastTopic(packet, at, length)) return lastTopic
  const topic = packet.toString('utf8', at, at + length)
  if (UNUSUAL.test(topic)) return undefined
  if (length <= lastBytes.length) {
    packet.copy(lastBytes, 0, at, at + length)
    lastLength = length
    lastTopic = topic
  }
  return topic
}

function isLastTopic(packet: Buffer, at: number, length: number): boolean {
  if (length !== lastLength) return false
  for (let n = 0; n < length; n++) if (packet[at + n] !== lastBytes[n]) return false
  return true
}
