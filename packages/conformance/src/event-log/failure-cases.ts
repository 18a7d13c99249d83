import { until } from '@iot/testkit'
import { expect, it } from '@jest/globals'
import {
  diarist,
  type EventLogUnderTest,
  fill,
  gate,
  places,
  placesOf,
  READINGS,
  temperatureOf,
} from './fixtures.js'

export function failureCases(under: () => EventLogUnderTest): void {
  it('hands records out again when a member dies between effect and commit', async () => {
    const { log } = under()
    const effects: string[] = []
    const dying = diarist('g', {
      onBatch: async (batch, control) => {
        effects.push(...placesOf(batch))
        // It never commits: the effect is there, the process is gone.
        await new Promise((resolve) => control.signal.addEventListener('abort', resolve))
        throw new Error('died')
      },
    })
    const subscription = await log.subscribe(dying.consumer)
    await fill(under(), 0, 5)
    await until('the effect is there', () => effects.length > 0)
    const heir = diarist('g')
    await subscription.stop()
    await log.subscribe(heir.consumer)
    await until('the heir has them all', () => heir.diary.seen().length === 5)
    expect(heir.diary.seen()).toEqual(places(READINGS, 0, 5))
  })

  it('hands a failed batch out again, while the other partitions go on', async () => {
    const { log } = under()
    const attempts: { places: string[]; atMs: number }[] = []
    const { consumer, diary } = diarist('g', {
      maxRecords: 3,
      onBatch: async (batch, control) => {
        if (batch.partition === 0 && attempts.length < 3) {
          attempts.push({ places: placesOf(batch), atMs: performance.now() })
          throw new Error('not now')
        }
        diary.batches.push(batch)
        await control.commit(batch.records.at(-1)!.offset + 1)
      },
    })
    await fill(under(), 0, 6)
    await log.subscribe(consumer)
    await until('it failed once', () => attempts.length > 0)
    await fill(under(), 1, 6)
    await until('all was seen', () => diary.seen().length === 12)
    expect(attempts.map((attempt) => attempt.places)).toEqual([1, 2, 3].map(() => places(READINGS, 0, 3)))
    // Timers may fire a millisecond early.
    expect(attempts[1]!.atMs - attempts[0]!.atMs).toBeGreaterThanOrEqual(98)
    expect(attempts[2]!.atMs - attempts[1]!.atMs).toBeGreaterThanOrEqual(198)
    expect(diary.seen().filter((place) => place.includes('/0/'))).toEqual(places(READINGS, 0, 6))
  })

  it('ends a subscription for an error that is not retriable; the rest of the group takes over', async () => {
    const { log } = under()
    const fatal = Object.assign(new Error('broken for good'), { retriable: false })
    const [broken, whole] = [
      diarist('g', {
        onBatch: async () => {
          throw fatal
        },
      }),
      diarist('g'),
    ]
    const subscription = await log.subscribe(broken.consumer)
    await log.subscribe(whole.consumer)
    await fill(under(), 0, 5)
    await expect(subscription.failed).rejects.toBe(fatal)
    await until('the other member has them', () => whole.diary.seen().length === 5)
    expect(whole.diary.seen()).toEqual(places(READINGS, 0, 5))
  })

  it('tries onAssigned again before any batch', async () => {
    const { log } = under()
    let attempts = 0
    const { consumer, diary } = diarist('g', {
      onAssigned: async ({ partition }) => {
        if (partition === 0 && ++attempts < 3) throw new Error('the state can’t be loaded')
        return undefined
      },
    })
    await fill(under(), 0, 5)
    await log.subscribe(consumer)
    await until('the records came', () => diary.seen().length === 5)
    expect(attempts).toBe(3)
  })

  it('loses and skips nothing when a commit’s answer is lost', async () => {
    const { log, loseNextCommitAnswer } = under()
    const values: number[] = []
    const { consumer } = diarist('g', {
      maxRecords: 4,
      onBatch: async ({ records }, control) => {
        for (const record of records)
          if (!values.includes(temperatureOf(record))) values.push(temperatureOf(record))
        await control.commit(records.at(-1)!.offset + 1)
      },
    })
    loseNextCommitAnswer()
    await fill(under(), 0, 12)
    const subscription = await log.subscribe(consumer)
    await until('all is committed', async () => (await log.committed('g', READINGS)).get(0) === 12)
    await until('all was seen', () => values.length === 12)
    expect(values).toEqual(Array.from({ length: 12 }, (_, n) => n))
    await subscription.stop()
    const next = diarist('g')
    await log.subscribe(next.consumer)
    await fill(under(), 0, 1)
    await until('the next member goes on', () => next.diary.seen().length > 0)
    expect(next.diary.seen()).toEqual(places(READINGS, 0, 1, 12))
  })

  it('moves a partition on when its batch does not end, without letting it commit', async () => {
    const { log } = under()
    const hung = gate()
    const late: string[] = []
    const first = diarist('g', {
      onBatch: async ({ records }, control) => {
        await hung.opened
        await control.commit(records.at(-1)!.offset + 1).catch((error) => late.push(error.code))
      },
    })
    const subscription = await log.subscribe(first.consumer)
    await fill(under(), 0, 5)
    await until('the batch runs', () => subscription.lag() === 5)
    const stopped = subscription.stop()
    const second = diarist('g')
    await log.subscribe(second.consumer)
    await until('the next member has them', () => second.diary.seen().length === 5, { withinMs: 20_000 })
    await stopped
    hung.open()
    await until('the late commit was refused', () => late.length === 1)
    expect(late).toEqual(['LOG_STALE'])
  })
}
