import type { LiveEntry } from '@iot/ports'

/**
 * Entries as the bytes of one text: of each, its numbers and the lengths of its texts, and then these. It is read back
 * only when somebody has missed something; until then it lies outside of the heap.
 */
export function packEntries(entries: readonly LiveEntry[]): Buffer {
  let packed = ''
  for (const { offset, index = '', deviceId, sensorType = '', json } of entries) {
    packed += `${offset},${index},${deviceId.length},${sensorType.length || ''},${json.length};`
    packed += deviceId + sensorType + json
  }
  return Buffer.from(packed)
}

export function unpackEntries(bytes: Buffer): LiveEntry[] {
  const packed = bytes.toString()
  const entries: LiveEntry[] = []
  let at = 0
  function take(length: number): string {
    at += length
    return packed.slice(at - length, at)
  }
  while (at < packed.length) {
    const header = take(packed.indexOf(';', at) - at)
    take(1)
    const [offset, index, deviceId, sensorType, json] = header.split(',') as [
      string,
      string,
      string,
      string,
      string,
    ]
    entries.push({
      offset: Number(offset),
      ...(index !== '' && { index: Number(index) }),
      deviceId: take(Number(deviceId)),
      ...(sensorType !== '' && { sensorType: take(Number(sensorType)) }),
      json: take(Number(json)),
    })
  }
  return entries
}
