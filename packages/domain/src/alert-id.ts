/** What makes an alert itself: the same again is the same alert, whoever decides it and however often. */
export interface AlertIdParts {
  /** identity of the log: offsets of another one mean nothing */
  readonly epoch: string
  readonly ruleId: string
  readonly ruleRevision: number
  /** the record’s key in the log */
  readonly key: string
  readonly sensorType?: string | undefined
  /** a device that goes offline twice without a reading between opens twice below the same offset */
  readonly episode: number
  /** readings of the partition below this offset had been judged */
  readonly upTo: number
}

/**
 * 128 bits as 32 hexadecimal digits. It need not resist anybody: who makes alerts is trusted. It must only spread,
 * so that of all alerts ever made no two share an id by chance.
 */
export function alertIdOf(parts: AlertIdParts): string {
  const { epoch, ruleId, ruleRevision, key, sensorType, episode, upTo } = parts
  // As JSON, so that no name can end where another begins; null, so that no sensor has the name of none.
  return hash128(JSON.stringify([epoch, ruleId, ruleRevision, key, sensorType ?? null, episode, upTo]))
}

function hash128(text: string): string {
  let a = 0x243f6a88
  let b = 0x85a308d3
  let c = 0x13198a2e
  let d = 0x03707344
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    // Each lane takes in its neighbour too, so that the four never repeat each other.
    a = Math.imul(a ^ unit, 0x9e3779b1) ^ (b >>> 15)
    b = Math.imul(b ^ unit, 0x85ebca77) ^ (c >>> 13)
    c = Math.imul(c ^ unit, 0xc2b2ae3d) ^ (d >>> 16)
    d = Math.imul(d ^ unit, 0x27d4eb2f) ^ (a >>> 14)
  }
  const sum = a ^ b ^ c ^ d ^ text.length
  return hex(mix(a ^ sum)) + hex(mix(b + sum)) + hex(mix(c ^ mix(sum))) + hex(mix(d + mix(~sum)))
}

/** Every bit of what goes in reaches every bit of what comes out. */
function mix(value: number): number {
  let word = value | 0
  word = Math.imul(word ^ (word >>> 16), 0x7feb352d)
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b)
  return word ^ (word >>> 16)
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
