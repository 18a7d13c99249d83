import { describe, expect, it } from '@jest/globals'
import { timeTickLabels } from './axis-labels.js'
import { windowEdges } from './time-window.js'

describe('windowEdges', () => {
  it('moves with the clock', () => {
    expect(windowEdges({ kind: 'last', ms: 1_000 }, 5_000)).toEqual([4_000, 5_000])
  })

  it('shows a reading whose clock is a little ahead, and is not dragged away by one that is far ahead', () => {
    expect(windowEdges({ kind: 'last', ms: 1_000 }, 5_000, 5_400)).toEqual([4_400, 5_400])
    expect(windowEdges({ kind: 'last', ms: 1_000 }, 5_000, 500_000)).toEqual([4_000, 5_000])
  })

  it('stands still where it is fixed', () => {
    expect(windowEdges({ kind: 'fixed', fromMs: 1, toMs: 2 }, 99, 99)).toEqual([1, 2])
  })
})

describe('timeTickLabels', () => {
  const labels = { locale: 'en-GB', timeZone: 'UTC' }
  const at = (text: string) => Date.parse(text)

  it('names the day where one begins', () => {
    const ticks = [at('2026-01-01T23:00:00Z'), at('2026-01-02T00:00:00Z'), at('2026-01-02T01:00:00Z')]
    expect(timeTickLabels(ticks, 3_600_000, labels)).toEqual(['23:00\n1 Jan', '00:00\n2 Jan', '01:00'])
  })

  it('shows seconds only where ticks are closer than a minute', () => {
    const ticks = [at('2026-01-01T10:00:00Z'), at('2026-01-01T10:00:10Z')]
    expect(timeTickLabels(ticks, 10_000, labels)).toEqual(['10:00:00', '10:00:10'])
    expect(timeTickLabels(ticks, 60_000, labels)[0]).toBe('10:00')
  })

  it('shows days alone on long spans', () => {
    expect(timeTickLabels([at('2026-01-01T00:00:00Z')], 86_400_000, labels)).toEqual(['1 Jan'])
  })
})
