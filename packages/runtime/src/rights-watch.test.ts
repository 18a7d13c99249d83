import type { UserRights } from '@iot/contracts'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { silentLogger } from './logger.js'
import { createRightsWatch, type RightsWatch } from './rights-watch.js'

const context = { signal: new AbortController().signal, fail: () => {} }
const MINUTE_MS = 60_000

let posted: UserRights[]
let reads: number
let isBoardAway: boolean
let slowAnswer: Promise<UserRights[]> | undefined
let watch: RightsWatch

beforeEach(async () => {
  jest.useFakeTimers()
  posted = []
  reads = 0
  isBoardAway = false
  slowAnswer = undefined
  watch = createRightsWatch({
    board: {
      async read() {
        reads += 1
        if (isBoardAway) throw new Error('away')
        return slowAnswer ?? posted
      },
    },
    clock: { nowMs: () => Date.now() },
    logger: silentLogger(),
  })
})
afterEach(async () => {
  await watch.stop()
  jest.useRealTimers()
})

function rights(more: Partial<UserRights> = {}): UserRights {
  return { userId: 'ann', version: 2, role: 'user', effect: 'changed', ...more }
}
const tokenOf = (userVersion: number, userId = 'ann') => ({ userId, userVersion })
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms)

describe('a watch of rights', () => {
  it('knows from its start what the board holds', async () => {
    posted = [rights({ version: 5 })]
    await watch.start(context)
    expect(watch.check(tokenOf(4))).toBe('changed')
    expect(watch.check(tokenOf(5))).toBe('current')
    expect(watch.check(tokenOf(6))).toBe('current')
    expect(watch.check(tokenOf(1, 'ben'))).toBe('current')
    expect(watch.now('ann')).toEqual(rights({ version: 5 }))
    expect(watch.now('ben')).toBeUndefined()
  })

  it('finds out within 3 s what was posted since, and tells it once', async () => {
    await watch.start(context)
    const heard: UserRights[] = []
    watch.onChange((one) => heard.push(one))
    posted = [rights({ effect: 'out' })]
    await pass(2_900)
    expect(watch.check(tokenOf(1))).toBe('current')
    await pass(100)
    expect(watch.check(tokenOf(1))).toBe('out')
    await pass(6_000)
    expect(heard).toEqual([rights({ effect: 'out' })])
    posted = [rights({ version: 3 })]
    await pass(3_000)
    expect(heard).toHaveLength(2)
  })

  it('heeds a word at once, and no older one after it', () => {
    const heard: number[] = []
    watch.onChange(({ version }) => heard.push(version))
    for (const version of [2, 4, 3, 4]) watch.heed(rights({ version }))
    expect(heard).toEqual([2, 4])
    expect(watch.check(tokenOf(3))).toBe('changed')
  })

  it('keeps out who an earlier change put out, whatever has changed since', () => {
    watch.heed(rights({ version: 4, effect: 'changed', outBefore: 3 }))
    expect(watch.check(tokenOf(2))).toBe('out')
    expect(watch.check(tokenOf(3))).toBe('changed')
    expect(watch.check(tokenOf(4))).toBe('current')
  })

  it('goes on with what it knows while the board is away, and is back by itself', async () => {
    posted = [rights()]
    await watch.start(context)
    isBoardAway = true
    await pass(3_000)
    expect(watch.health?.().status).toBe('degraded')
    expect(watch.check(tokenOf(1))).toBe('changed')
    posted = [rights(), rights({ userId: 'ben' })]
    isBoardAway = false
    await pass(3_000)
    expect(watch.check(tokenOf(1, 'ben'))).toBe('changed')
    expect(watch.health?.().status).toBe('healthy')
  })

  it('does not ask a slow board again before it has answered', async () => {
    await watch.start(context)
    const before = reads
    let answer = (_: UserRights[]) => {}
    slowAnswer = new Promise((resolve) => {
      answer = resolve
    })
    await pass(30_000)
    expect(reads).toBe(before + 1)
    answer([rights()])
    await pass(0)
    expect(watch.check(tokenOf(1))).toBe('changed')
  })

  it('starts while the board is away', async () => {
    isBoardAway = true
    await watch.start(context)
    expect(watch.check(tokenOf(1))).toBe('current')
  })

  it('tells the others where one listener throws, and nobody who has gone', () => {
    const heard: string[] = []
    watch.onChange(() => {
      throw new Error('at fault')
    })
    const leave = watch.onChange(() => heard.push('gone'))
    watch.onChange(() => heard.push('there'))
    leave()
    watch.heed(rights())
    expect(heard).toEqual(['there'])
  })

  it('forgets what no valid token can be older than', async () => {
    posted = [rights()]
    await watch.start(context)
    posted = []
    await pass(19 * MINUTE_MS)
    expect(watch.check(tokenOf(1))).toBe('changed')
    await pass(MINUTE_MS)
    expect(watch.now('ann')).toBeUndefined()
  })

  it('reads no more once it has stopped', async () => {
    await watch.start(context)
    await watch.stop()
    const before = reads
    await pass(10_000)
    expect(reads).toBe(before)
  })
})
