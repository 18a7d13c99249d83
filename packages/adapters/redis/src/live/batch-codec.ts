import type { LiveKind } from '@iot/contracts'
import type { LiveBatch, LiveEntry } from '@iot/ports'

/** Numbers per entry in the head of the text. */
const NUMBERS = 5
/** An entry without index, or without sensor. */
const NONE = -1

type Head = readonly [
  epoch: string,
  kind: LiveKind,
  partition: number,
  before: number,
  last: number,
  /** per entry: offset less the one before, index, and how long device, sensor and JSON text are */
  numbers: readonly number[],
]

/**
 * A batch as one text: a line of numbers, then the texts of all entries one after another. The JSON of an entry is in
 * it as it is: packing and unpacking look at none of its characters.
 */
export function encodeBatch({ epoch, kind, partition, before, last, entries }: LiveBatch): string {
  const numbers: number[] = []
  let texts = ''
  let offset = 0
  for (const entry of entries) {
    const { deviceId, sensorType, json } = entry
    const sensorLength = sensorType === undefined ? NONE : sensorType.length
    numbers.push(entry.offset - offset, entry.index ?? NONE, deviceId.length, sensorLength, json.length)
    texts += deviceId + (sensorType ?? '') + json
    offset = entry.offset
  }
  const head: Head = [epoch, kind, partition, before, last, numbers]
  return `${JSON.stringify(head)}\n${texts}`
}

export function decodeBatch(text: string): LiveBatch {
  const lineEnd = text.indexOf('\n')
  const [epoch, kind, partition, before, last, numbers] = JSON.parse(text.slice(0, lineEnd)) as Head
  const entries: LiveEntry[] = []
  let at = lineEnd + 1
  let offset = 0
  for (let next = 0; next < numbers.length; next += NUMBERS) {
    offset += numbers[next]!
    const index = numbers[next + 1]!
    const deviceEnd = at + numbers[next + 2]!
    const sensorLength = numbers[next + 3]!
    const sensorEnd = deviceEnd + Math.max(0, sensorLength)
    const end = sensorEnd + numbers[next + 4]!
    const deviceId = text.slice(at, deviceEnd)
    const json = text.slice(sensorEnd, end)
    if (sensorLength === NONE) {
      entries.push(index === NONE ? { offset, deviceId, json } : { offset, index, deviceId, json })
    } else {
      // Nearly every entry: written out, since pieces that are spread are objects of their own.
      const sensorType = text.slice(deviceEnd, sensorEnd)
      entries.push(
        index === NONE
          ? { offset, deviceId, sensorType, json }
          : { offset, index, deviceId, sensorType, json },
      )
    }
    at = end
  }
  return { epoch, kind, partition, before, last, entries }
}

/** The part of a batch after an offset that lies inside of it. */
export function batchAfter(batch: LiveBatch, offset: number): LiveBatch {
  return { ...batch, before: offset, entries: batch.entries.filter((entry) => entry.offset > offset) }
}
