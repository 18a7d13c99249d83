import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { EngineSocket } from './engine-socket.js'
import { createFrame } from './outbox/frame.js'
import { GATHER_MS, PollGathering } from './poll-gathering.js'

function fakeConnection() {
  const written: string[] = []
  let onClose = () => {}
  const conn = {
    write: (text: string) => void written.push(text),
    once: (_event: 'close', listener: () => void) => {
      onClose = listener
    },
  } as unknown as EngineSocket
  return { conn, written, close: () => onClose() }
}

const frame = (n: number) => createFrame('sensor:all', String(n))
const texts = (...ns: number[]) => ns.map((n) => frame(n).text)

describe('events of a client that polls', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  it('go out together, a window after the first of them', () => {
    const { conn, written } = fakeConnection()
    const gathering = new PollGathering(conn)
    gathering.add([frame(1)])
    jest.advanceTimersByTime(GATHER_MS - 1)
    gathering.add([frame(2), frame(3)])
    expect(written).toEqual([])
    expect(gathering.isEmpty).toBe(false)
    expect(gathering.bytes).toBe(texts(1, 2, 3).join('').length)
    jest.advanceTimersByTime(1)
    expect(written).toEqual(texts(1, 2, 3))
    expect(gathering.bytes).toBe(0)
  })

  it('go out before anything else that is written', () => {
    const { conn, written } = fakeConnection()
    const gathering = new PollGathering(conn)
    gathering.add([frame(1)])
    conn.write('an answer', frame(0).options)
    gathering.add([frame(2)])
    gathering.flush()
    expect(written).toEqual([...texts(1), 'an answer', ...texts(2)])
    jest.advanceTimersByTime(GATHER_MS)
    expect(written).toHaveLength(3)
  })

  it('are let go of when the connection has closed', () => {
    const { conn, written, close } = fakeConnection()
    const gathering = new PollGathering(conn)
    gathering.add([frame(1)])
    close()
    jest.advanceTimersByTime(GATHER_MS)
    expect(written).toEqual([])
    expect(gathering.isEmpty).toBe(true)
  })
})
