import { describe, expect, it } from '@jest/globals'
import { type ChartLimit, drawnLimits } from './chart-annotations.js'
import { widenFor } from './chart-bounds.js'

describe('widenFor', () => {
  it('shows a limit that is near, with room beyond it', () => {
    const [low, high] = widenFor([0, 10], [12])
    expect(low).toBe(0)
    expect(high).toBeGreaterThan(12)
  })

  it('leaves out one that would press the data flat, and takes it where all are wanted', () => {
    expect(widenFor([0, 10], [1_000])).toEqual([0, 10])
    expect(widenFor([0, 10], [1_000], true)[1]).toBeGreaterThan(1_000)
  })

  it('takes the nearer of two first, whatever their order', () => {
    const [low, high] = widenFor([0, 10], [500, -2])
    expect(low).toBeLessThan(-2)
    expect(high).toBe(10)
  })

  it('changes nothing for a limit that is well inside', () => {
    expect(widenFor([0, 10], [5])).toEqual([0, 10])
  })
})

describe('drawnLimits', () => {
  const limit = (id: number, severity: ChartLimit['severity']): ChartLimit => ({
    id: `${id}`,
    severity,
    label: '',
    bands: [],
    lines: [id],
  })

  it('keeps the severest of very many', () => {
    const many = [...Array(20).keys()].map((id) => limit(id, id === 19 ? 'critical' : 'warning'))
    const drawn = drawnLimits(many)
    expect(drawn).toHaveLength(8)
    expect(drawn[0]!.id).toBe('19')
  })
})
