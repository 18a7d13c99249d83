import { describe, expect, it } from '@jest/globals'
import type { ApiRequest, Transport } from '../../api/transport.js'
import { bucketText, bucketWidthMs, pointsForWidth } from './bucket-width.js'
import { loadHistory } from './load-history.js'

const HOUR = 3_600_000
const nowMs = Date.parse('2026-01-01T12:00:00.000Z')

function server(answers: unknown[]) {
  const asked: ApiRequest[] = []
  const request = (async (question: ApiRequest) => {
    asked.push(question)
    return answers.shift()
  }) as Transport['request']
  return { asked, request }
}

function question(ms: number) {
  const window = { kind: 'last', ms } as const
  return {
    deviceId: 'a/b',
    sensorType: 't',
    window,
    points: 640,
    nowMs,
    signal: new AbortController().signal,
  }
}

const reading = {
  deviceId: 'a/b',
  sensorType: 't',
  value: 3,
  timestamp: '2026-01-01T11:59:00.000Z',
  status: 'normal',
}
const bucket = {
  sensorType: 't',
  timestamp: '2026-01-01T11:00:00.000Z',
  count: 2,
  min: 1,
  max: 5,
  avg: 3,
  last: 5,
}

describe('loadHistory', () => {
  it('asks for readings as they came within an hour', async () => {
    const { asked, request } = server([{ data: { items: [reading] } }])
    const { history } = await loadHistory(request, question(HOUR))
    expect(history).toEqual({ bucketMs: 0, points: [{ timeMs: nowMs - 60_000, value: 3 }], partial: false })
    expect(asked[0]).toMatchObject({
      path: '/devices/a%2Fb/readings',
      query: { sensorType: 't', from: '2026-01-01T11:00:00.000Z', limit: 1_000 },
    })
    expect(asked[0]!.query).not.toHaveProperty('bucket')
  })

  it('asks for spans of a round width beyond an hour', async () => {
    const { asked, request } = server([{ data: { items: [bucket] } }])
    const { history } = await loadHistory(request, question(24 * HOUR))
    expect(asked.map(({ query }) => query?.bucket)).toEqual(['5m'])
    expect(history).toEqual({
      bucketMs: 300_000,
      points: [{ timeMs: nowMs - HOUR, value: 3, min: 1, max: 5, count: 2 }],
      partial: false,
    })
  })

  it('asks for spans too where an hour holds more than a page', async () => {
    const { asked, request } = server([
      { data: { items: [reading], nextCursor: 'x' } },
      { data: { items: [bucket] } },
    ])
    const { history } = await loadHistory(request, question(HOUR))
    expect(asked.map(({ query }) => query?.bucket)).toEqual([undefined, '10s'])
    expect(history?.bucketMs).toBe(10_000)
  })

  it('stops after five pages and says that it is not all', async () => {
    const { asked, request } = server(
      Array.from({ length: 9 }, () => ({ data: { items: [bucket], nextCursor: 'x' } })),
    )
    const { history } = await loadHistory(request, question(24 * HOUR))
    expect(asked).toHaveLength(5)
    expect(history?.partial).toBe(true)
  })

  it('passes on why it failed', async () => {
    const error = { status: 503, code: 'UNAVAILABLE', title: 'away' }
    const { request } = server([{ error }])
    expect(await loadHistory(request, question(HOUR))).toEqual({ error })
  })
})

describe('the width of spans', () => {
  it('makes at most as many as the chart can show', () => {
    for (const spanMs of [HOUR, 24 * HOUR, 168 * HOUR, 400 * 24 * HOUR]) {
      for (const points of [320, 640, 1_280])
        expect(spanMs / bucketWidthMs(spanMs, points)).toBeLessThanOrEqual(points)
    }
  })

  it('is written as the API takes it', () => {
    expect([10_000, 300_000, HOUR, 48 * HOUR].map(bucketText)).toEqual(['10s', '5m', '1h', '2d'])
  })

  it('follows the chart in steps', () => {
    expect([320, 700, 1_400].map(pointsForWidth)).toEqual([320, 640, 1_280])
  })
})
