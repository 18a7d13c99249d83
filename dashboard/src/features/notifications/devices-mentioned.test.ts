import { describe, expect, it } from '@jest/globals'
import { undescribedEntry } from '../devices/device-entry.js'
import { devicesMentioned } from './devices-mentioned.js'

const entities = Object.fromEntries(
  ['pump-7', 'cold.2', 'a:b', 'mill-1', 'the'].map((id) => [id, undescribedEntry(id)]),
)
const idsIn = (text: string) => devicesMentioned(text, entities).map(({ deviceId }) => deviceId)

describe('the devices that a notice is about', () => {
  it('are those that it names by their ids, in its order, each once', () => {
    expect(idsIn('mill-1 stops at noon, pump-7 after it; mill-1 first')).toEqual(['mill-1', 'pump-7'])
  })

  it('are found at the end of a sentence and in brackets', () => {
    expect(idsIn('We look at pump-7. Then at (cold.2): and “a:b”.')).toEqual(['pump-7', 'cold.2', 'a:b'])
  })

  it('are whole words, and never what every object has', () => {
    expect(idsIn('pump-77 and xpump-7, constructor, toString, __proto__')).toEqual([])
  })

  it('are three at most', () => {
    expect(idsIn('pump-7 cold.2 a:b mill-1')).toHaveLength(3)
  })
})
