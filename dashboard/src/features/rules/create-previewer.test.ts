import type { AlertRuleRequest } from '@iot/contracts'
import { until } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import type { ApiRequest, Transport } from '../../api/transport.js'
import { createPreviewer, type Preview } from './create-previewer.js'

const DAY_MS = 86_400_000
const nowMs = Date.parse('2026-01-02T00:00:00.000Z')
const above = (value: number): AlertRuleRequest => ({
  name: '–',
  sensorType: 't',
  operator: '>',
  value,
  severity: 'warning',
})

function previewer() {
  const asked: { request: ApiRequest; answer: (count: number) => void; fail: () => void }[] = []
  const request = ((question: ApiRequest) =>
    new Promise<unknown>((resolve) =>
      asked.push({
        request: question,
        answer: (count) => resolve({ data: { count, episodes: [], devices: 1, readings: 1 } }),
        fail: () => resolve({ error: { status: 503, code: 'UNAVAILABLE', title: 'away' } }),
      }),
    )) as unknown as Transport['request']
  const seen: Preview[] = []
  const made = createPreviewer({
    request,
    nowMs: () => nowMs,
    afterMs: 5,
    onPreview: (preview) => seen.push(preview),
  })
  const questions = (count: number) => until(`${count} questions`, () => asked.length === count)
  return { ...made, asked, seen, questions, last: () => seen.at(-1) }
}

describe('createPreviewer', () => {
  it('asks once for a rule that is still being typed, about the span that is wanted', async () => {
    const { ask, asked, questions, last } = previewer()
    for (const value of [1, 12, 123]) ask(above(value), DAY_MS)
    await questions(1)
    expect(asked[0]!.request.body).toEqual({
      rule: above(123),
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-02T00:00:00.000Z',
    })
    asked[0]!.answer(7)
    await until('the answer', () => last()?.answer?.count === 7)
    expect(last()?.asking).toBe(false)
  })

  it('gives up a question for a newer one, whose answer wins, and keeps what it has on show', async () => {
    const { ask, asked, questions, last, seen } = previewer()
    ask(above(1), DAY_MS)
    await questions(1)
    asked[0]!.answer(1)
    await until('the first answer', () => last()?.answer?.count === 1)
    ask(above(2), DAY_MS)
    expect(last()).toMatchObject({ asking: true, answer: { count: 1 } })
    await questions(2)
    ask(above(3), DAY_MS)
    expect(asked[1]!.request.signal?.aborted).toBe(true)
    await questions(3)
    asked[2]!.answer(3)
    asked[1]!.answer(2)
    await until('the newest answer', () => last()?.answer?.count === 3)
    expect(seen.some(({ answer }) => answer?.count === 2)).toBe(false)
  })

  it('says why there is no answer, and nothing where there is nothing to ask', async () => {
    const { ask, asked, questions, last, close } = previewer()
    ask(above(1), DAY_MS)
    await questions(1)
    asked[0]!.fail()
    await until('the failure', () => last()?.error?.code === 'UNAVAILABLE')
    ask(undefined, DAY_MS)
    expect(last()).toEqual({ asking: false, fromMs: 0, toMs: 0 })
    ask(above(2), DAY_MS)
    close()
    ask(above(4), DAY_MS)
    await questions(2)
    expect(asked[1]!.request.body).toMatchObject({ rule: above(4) })
    close()
  })
})
