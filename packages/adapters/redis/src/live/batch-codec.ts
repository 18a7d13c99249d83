import type { LiveKind } from '@iot/contracts'
import type { EncodedBody, LiveBatch, LiveEntry } from '@iot/ports'

const NEWLINE = 0x0a

type Head = [epoch: string, kind: LiveKind, partition: number, before: number, last: number]
/** Of each entry: offset less the one before, index, device, sensor, and how many bytes its body has. */
type Rows = (number | string | null)[]
const FIELDS = 5

/**
 * A batch as one text: a line that says what it is of, a line that says what each entry is about, and the bodies one after
 * another, a comma behind each. Packing and unpacking look at no character of a body; unpacking leaves it where it is.
 */
export function encodeBatch({ epoch, kind, partition, before, last, entries }: LiveBatch): string {
  const head: Head = [epoch, kind, partition, before, last]
  const rows: Rows = []
  let bodies = ''
  let offset = 0
  for (const entry of entries) {
    const { deviceId, sensorType = null, index = null, json } = entry
    rows.push(entry.offset - offset, index, deviceId, sensorType, Buffer.byteLength(json))
    bodies += `${json},`
    offset = entry.offset
  }
  return `${JSON.stringify(head)}\n${JSON.stringify(rows)}\n${bodies}`
}

/** The bodies stay in the message: it must not be written to afterwards. */
export function decodeBatch(message: Buffer): LiveBatch {
  const headEnd = message.indexOf(NEWLINE)
  const rowsEnd = message.indexOf(NEWLINE, headEnd + 1)
  if (headEnd < 0 || rowsEnd < 0) throw new Error('It is not packed as batches are')
  const [epoch, kind, partition, before, last] = JSON.parse(message.toString('utf8', 0, headEnd)) as Head
  const rows = JSON.parse(message.toString('utf8', headEnd + 1, rowsEnd)) as Rows
  const entries: LiveEntry[] = []
  let offset = 0
  let next = rowsEnd + 1
  for (let at = 0; at < rows.length; at += FIELDS) {
    offset += rows[at] as number
    const start = next
    next = start + (rows[at + 4] as number) + 1
    const entry = new PackedEntry(offset, rows[at + 2] as string, { bytes: message, start, end: next - 1 })
    if (rows[at + 1] !== null) entry.index = rows[at + 1] as number
    if (rows[at + 3] !== null) entry.sensorType = rows[at + 3] as string
    entries.push(entry)
  }
  if (next !== message.length) throw new Error('It does not end where its last entry does')
  return { epoch, kind, partition, before, last, entries }
}

/** The part of a batch after an offset that lies inside of it. */
export function batchAfter(batch: LiveBatch, offset: number): LiveBatch {
  return { ...batch, before: offset, entries: batch.entries.filter((entry) => entry.offset > offset) }
}

/** Nearly all are passed on as bytes: a text is made of those alone that somebody reads. */
class PackedEntry implements LiveEntry {
  readonly offset: number
  index: number | undefined
  readonly deviceId: string
  sensorType: string | undefined
  readonly encoded: EncodedBody
  #json: string | undefined

  constructor(offset: number, deviceId: string, encoded: EncodedBody) {
    this.offset = offset
    this.deviceId = deviceId
    this.encoded = encoded
  }

  get json(): string {
    const { bytes, start, end } = this.encoded
    this.#json ??= bytes.toString('utf8', start, end)
    return this.#json
  }
}
