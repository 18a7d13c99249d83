import { describe, expect, it } from '@jest/globals'
import { createFrameTicker } from './frame-ticker.js'

function page(options: { drawCostMs?: number } = {}) {
  let nowMs = 0
  const frames: (() => void)[] = []
  const timers: { callback: () => void; atMs: number }[] = []
  const drawn: string[] = []
  const ticker = createFrameTicker({
    requestFrame: (callback) => frames.push(callback),
    setTimer: (callback, ms) => {
      const timer = { callback, atMs: nowMs + ms }
      timers.push(timer)
      return timer
    },
    clearTimer: (timer) => timers.splice(timers.indexOf(timer as (typeof timers)[number]), 1),
    nowMs: () => nowMs,
  })
  return {
    ticker,
    drawn,
    frames,
    timers,
    chart: (name: string, nextMs = () => Number.POSITIVE_INFINITY) => ({
      draw: () => {
        drawn.push(name)
        nowMs += options.drawCostMs ?? 0
        return nextMs()
      },
    }),
    frame() {
      for (const callback of frames.splice(0)) callback()
    },
    advance(ms: number) {
      nowMs += ms
      for (const timer of timers.filter(({ atMs }) => atMs <= nowMs)) {
        timers.splice(timers.indexOf(timer), 1)
        timer.callback()
      }
    },
    nowMs: () => nowMs,
  }
}

describe('createFrameTicker', () => {
  it('draws once per frame however many updates came', () => {
    const { ticker, chart, drawn, frames, frame } = page()
    const one = chart('one')
    const two = chart('two')
    for (let update = 0; update < 100; update += 1) {
      ticker.invalidate(one)
      ticker.invalidate(two)
    }
    expect(frames).toHaveLength(1)
    frame()
    expect(drawn).toEqual(['one', 'two'])
    expect(frames).toHaveLength(0)
  })

  it('leaves to the next frame what does not fit, and starves nobody', () => {
    const { ticker, chart, drawn, frame } = page({ drawCostMs: 5 })
    const charts = ['a', 'b', 'c', 'd', 'e'].map((name) => chart(name))
    for (const each of charts) ticker.invalidate(each)
    frame()
    expect(drawn).toEqual(['a', 'b'])
    ticker.invalidate(charts[0]!)
    frame()
    frame()
    expect(drawn.slice(2)).toEqual(['c', 'd', 'e', 'a'])
  })

  it('wakes a chart when its time comes, and schedules nothing before', () => {
    const { ticker, chart, drawn, frames, timers, frame, advance, nowMs } = page()
    const chartThatGlides = chart('glides', () => nowMs() + 1_000)
    ticker.invalidate(chartThatGlides)
    frame()
    expect(frames).toHaveLength(0)
    expect(timers).toHaveLength(1)
    advance(999)
    expect(frames).toHaveLength(0)
    advance(1)
    frame()
    expect(drawn).toEqual(['glides', 'glides'])
  })

  it('draws what is put off at its time, once, and sooner when it is said to', () => {
    const { ticker, chart, drawn, frames, frame, advance, nowMs } = page()
    const putOff = chart('put off')
    for (let update = 0; update < 100; update += 1) ticker.invalidate(putOff, nowMs() + 1_000)
    ticker.invalidate(putOff, nowMs() + 5_000)
    expect(frames).toHaveLength(0)
    advance(1_000)
    frame()
    expect(drawn).toEqual(['put off'])
    advance(5_000)
    expect(frames).toHaveLength(0)
    ticker.invalidate(putOff, nowMs() + 1_000)
    ticker.invalidate(putOff)
    frame()
    expect(drawn).toEqual(['put off', 'put off'])
    advance(1_000)
    expect(frames).toHaveLength(0)
  })

  it('never draws what was removed, and leaves no timer behind', () => {
    const { ticker, chart, drawn, timers, frame, nowMs } = page()
    const gone = chart('gone', () => nowMs() + 1_000)
    ticker.invalidate(gone)
    frame()
    ticker.remove(gone)
    expect(timers).toHaveLength(0)
    ticker.invalidate(gone)
    ticker.remove(gone)
    frame()
    expect(drawn).toEqual(['gone'])
  })
})
