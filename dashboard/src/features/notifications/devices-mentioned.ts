import type { DeviceEntry } from '../devices/device-entry.js'

/** Links under one notice; more would be a list of their own. */
const MOST_DEVICES = 3
/** As a device id may be written; a full stop or a colon at its end belongs to the sentence. */
const WORD = /[A-Za-z0-9_.:-]{2,64}/g
const SENTENCE_END = /[.:-]+$/

/** The devices that a text names by their ids, in its order, each once. */
export function devicesMentioned(
  text: string,
  entities: Readonly<Record<string, DeviceEntry>>,
): DeviceEntry[] {
  const found = new Set<DeviceEntry>()
  for (const [word] of text.matchAll(WORD)) {
    // Own properties only: “constructor” is a word, too.
    const id = [word, word.replace(SENTENCE_END, '')].find((each) => Object.hasOwn(entities, each))
    if (id !== undefined) found.add(entities[id]!)
    if (found.size === MOST_DEVICES) break
  }
  return [...found]
}
