import type { Reading } from '@iot/contracts'
import { until } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import type { ApiRequest, Transport } from '../../api/transport.js'
import { createDeviceHistories } from './device-histories.js'

const HOUR = 3_600_000
const nowMs = Date.parse('2026-01-01T12:00:00.000Z')

function reading(secondsAgo: number, value: number): Reading {
  const timestamp = new Date(nowMs - secondsAgo * 1_000).toISOString()
  return { deviceId: 'd', sensorType: 't', value, timestamp, status: 'normal' }
}

function device() {
  const asked: { request: ApiRequest; answer: (items: unknown[]) => void; fail: () => void }[] = []
  const request = ((question: ApiRequest) =>
    new Promise<unknown>((resolve) =>
      asked.push({
        request: question,
        answer: (items) => resolve({ data: { items } }),
        fail: () => resolve({ error: { status: 503, code: 'UNAVAILABLE', title: 'away' } }),
      }),
    )) as unknown as Transport['request']
  const histories = createDeviceHistories({ deviceId: 'd', request, nowMs: () => nowMs })
  const line = () => {
    const columns = histories.get('t').series?.columns()
    return columns && Array.from(columns.times, (time, at) => [(nowMs - time) / 1_000, columns.values[at]])
  }
  return { asked, histories, line, status: (status: string) => () => histories.get('t').status === status }
}

describe('createDeviceHistories', () => {
  it('joins what came live while history was on its way, each moment once', async () => {
    const { asked, histories, line, status } = device()
    histories.show({ kind: 'last', ms: HOUR }, 640)
    histories.open('t')
    histories.add([reading(2, 20), reading(1, 10)])
    asked[0]!.answer([reading(3, 30), reading(2, 20)])
    await until('the history is there', status('ready'))
    histories.add([reading(1, 10), reading(0, 0)])
    expect(line()).toEqual([
      [3, 30],
      [2, 20],
      [1, 10],
      [0, 0],
    ])
  })

  it('keeps the line on show while another range is on its way, and drops the answer to the old one', async () => {
    const { asked, histories, line, status } = device()
    histories.show({ kind: 'last', ms: HOUR }, 640)
    histories.open('t')
    asked[0]!.answer([reading(3, 30)])
    await until('the history is there', status('ready'))
    histories.show({ kind: 'last', ms: HOUR / 4 }, 640)
    expect(histories.get('t').status).toBe('loading')
    expect(line()).toEqual([[3, 30]])
    histories.show({ kind: 'last', ms: HOUR / 2 }, 640)
    expect(asked[1]!.request.signal?.aborted).toBe(true)
    asked[1]!.answer([reading(9, 90)])
    asked[2]!.answer([reading(5, 50)])
    await until('the newer history is there', status('ready'))
    expect(line()).toEqual([[5, 50]])
  })

  it('does not count a repeat into a span again', async () => {
    const { asked, histories, line, status } = device()
    histories.show({ kind: 'last', ms: 24 * HOUR }, 640)
    histories.open('t')
    asked[0]!.answer([])
    await until('the history is there', status('ready'))
    histories.add([
      { ...reading(-2, 10) },
      { ...reading(-2, 10) },
      { ...reading(-3, 40) },
      { ...reading(-2, 10) },
    ])
    expect(line()!.map(([, value]) => value)).toEqual([25])
  })

  it('says why a line is missing, and loads it again when asked', async () => {
    const { asked, histories, status } = device()
    histories.show({ kind: 'last', ms: HOUR }, 640)
    histories.open('t')
    asked[0]!.fail()
    await until('the failure is told', status('failed'))
    expect(histories.get('t').error?.code).toBe('UNAVAILABLE')
    histories.reload('t')
    asked[1]!.answer([])
    await until('the history is there', status('ready'))
    expect(histories.get('t').error).toBeUndefined()
  })

  it('tells its listeners when a line changes hands, not for each reading', async () => {
    const { asked, histories, status } = device()
    let changes = 0
    histories.subscribe(() => {
      changes += 1
    })
    histories.show({ kind: 'last', ms: HOUR }, 640)
    histories.open('t')
    asked[0]!.answer([])
    await until('the history is there', status('ready'))
    const before = changes
    histories.add([reading(1, 1)])
    expect(changes).toBe(before)
  })
})
