import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createPreviewDesk } from './alerts/preview-desk.js'
import { runPreview } from './alerts/run-preview.js'
import { type OpenGateway, openGateway } from './testing/open-gateway.js'

let gateway: OpenGateway
let anna: string
let hue: string
let startMs: number
const HOT = { name: 'Hot', sensorType: 'temperature', operator: '>', value: 8, severity: 'warning' } as const
const MINUTE_MS = 60_000

beforeAll(async () => {
  gateway = await openGateway()
  await gateway.addUser('hue', 'operator', ['Hue'])
  for (const [deviceId, site] of [
    ['hue-1', 'Hue'],
    ['hanoi-1', 'Hanoi'],
    ['other', 'Hanoi'],
  ] as const) {
    await gateway.devices.create({ deviceId, site })
  }
  startMs = gateway.clock.nowMs()
  // Hot for ten minutes from the 20th and from the 60th on; the second device ten minutes later.
  for (let minute = 0; minute < 100; minute++) {
    gateway.clock.advance(MINUTE_MS)
    for (const [deviceId, shift] of [
      ['hue-1', 0],
      ['hanoi-1', 10],
    ] as const) {
      const at = minute - shift
      const value = (at >= 20 && at < 30) || (at >= 60 && at < 70) ? 9 : 5
      const timestampMs = startMs + minute * MINUTE_MS
      await gateway.readings.write([
        {
          deviceId,
          sensorType: 'temperature',
          value,
          timestampMs,
          receivedAtMs: timestampMs,
          adjusted: false,
        },
        { deviceId, sensorType: 'noise', value: 99, timestampMs, receivedAtMs: timestampMs, adjusted: false },
      ])
    }
  }
  anna = await gateway.tokenOf('operator', 'anna')
  hue = await gateway.tokenOf('operator', 'hue')
})
afterAll(() => gateway.close())

const at = (minute: number) => new Date(startMs + minute * MINUTE_MS).toISOString()
const preview = (rule: object, token = anna, range = { from: at(0), to: at(100) }) =>
  gateway.ask('POST', '/api/alert-rules/preview', { token, body: { rule: { ...HOT, ...rule }, ...range } })

describe('the preview of a rule', () => {
  it('says when it would have been open, on every device that it judges, oldest first', async () => {
    const { status, body } = await preview({})
    expect(status).toBe(200)
    expect(body).toMatchObject({ count: 4, devices: 2, readings: 200 })
    const temperature = { sensorType: 'temperature' }
    expect(body.episodes).toEqual([
      { deviceId: 'hue-1', ...temperature, openedAt: at(20), closedAt: at(30) },
      { deviceId: 'hanoi-1', ...temperature, openedAt: at(30), closedAt: at(40) },
      { deviceId: 'hue-1', ...temperature, openedAt: at(60), closedAt: at(70) },
      { deviceId: 'hanoi-1', ...temperature, openedAt: at(70), closedAt: at(80) },
    ])
    expect(body).not.toHaveProperty('truncated')
  })

  it('goes by the whole rule, and leaves open what was open at the end', async () => {
    expect((await preview({ deviceId: 'hue-1', for: '15m' })).body).toMatchObject({ count: 0, devices: 1 })
    const open = await preview({ site: 'Hue', for: '5m' }, anna, { from: at(0), to: at(28) })
    expect(open.body.episodes).toEqual([{ deviceId: 'hue-1', sensorType: 'temperature', openedAt: at(25) }])
    const silence = { sensorType: undefined, operator: undefined, value: undefined, noData: '30m' }
    const silent = await preview({ ...silence, deviceId: 'other' })
    expect(silent.body).toMatchObject({ count: 1, readings: 0, episodes: [{ openedAt: at(30) }] })
    // A past that came before the device was heard of here is judged like any other.
    const timestampMs = startMs - 60 * MINUTE_MS
    const one = { sensorType: 'noise', value: 1, timestampMs, receivedAtMs: timestampMs, adjusted: false }
    await gateway.readings.write([{ deviceId: 'other', ...one }])
    const past = await preview({ ...silence, deviceId: 'other' }, anna, { from: at(-90), to: at(100) })
    expect(past.body).toMatchObject({ count: 1, episodes: [{ openedAt: at(-30) }] })
  })

  it('looks at devices of the caller’s sites alone', async () => {
    const own = await preview({}, hue)
    expect(own.body).toMatchObject({ count: 2, devices: 1 })
    for (const scope of [{ site: 'Hanoi' }, { deviceId: 'hanoi-1' }]) {
      expect((await preview(scope, hue)).body.code).toBe('VALIDATION_FAILED')
    }
  })

  it('refuses a rule and a range that are wrong, and looks into no future', async () => {
    expect((await preview({ value: undefined })).body.errors[0].field).toBe('value')
    for (const range of [
      { from: at(5), to: at(5) },
      { from: at(-100_000_000), to: at(5) },
      { from: at(-60 * 24 * 91), to: at(5) },
      { from: at(1_000), to: at(2_000) },
    ]) {
      expect((await preview({}, anna, range)).body.errors[0].field).toBe('from')
    }
    const ahead = await preview({ noData: '5m' }, anna, { from: at(0), to: at(10_000) })
    expect(ahead.body.count).toBe(4)
  })

  it('stops when nobody waits for it any more', async () => {
    const gone = new AbortController()
    let reads = 0
    const readings = {
      read: async (query: Parameters<typeof gateway.readings.read>[0]) => {
        reads += 1
        gone.abort()
        return gateway.readings.read(query)
      },
    }
    const work = { rule: HOT, fromMs: startMs, toMs: startMs + 100 * MINUTE_MS, sites: undefined }
    const run = runPreview({ devices: gateway.devices, readings }, { ...work, signal: gone.signal })
    await expect(run).rejects.toMatchObject({ code: 'STATE_CONFLICT' })
    expect(reads).toBe(1)
  })

  it('that nobody waits for any more leaves the queue to others', async () => {
    const desk = createPreviewDesk()
    const never = new AbortController().signal
    const leave = new AbortController()
    const held = (signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    const running = ['a', 'b'].map((user) => desk.run(user, leave.signal, held))
    const outdated = Array.from({ length: 30 }, () => desk.run('typist', never, async () => 'shown'))
    const gone = desk.run('gone', AbortSignal.abort(), async () => 'shown')
    const settled = await Promise.allSettled([...outdated.slice(0, -1), gone])
    expect(settled.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(
      Array.from({ length: 30 }, () => 'STATE_CONFLICT'),
    )
    leave.abort()
    await Promise.all(running)
    expect(await outdated.at(-1)).toBe('shown')
  })

  it('gives way to a newer one of the same user, and few run at once', async () => {
    const desk = createPreviewDesk()
    const never = new AbortController().signal
    const ended: string[] = []
    const held = (name: string) => (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const end = () => {
          ended.push(name)
          resolve()
        }
        if (signal.aborted) end()
        else signal.addEventListener('abort', end)
      })
    const first = desk.run('a', never, held('a1'))
    const leave = new AbortController()
    const other = desk.run('b', leave.signal, held('b1'))
    const third = desk.run('c', never, async () => ended.push('c1'))
    const second = desk.run('a', never, async () => ended.push('a2'))
    await Promise.all([first, third, second])
    expect(ended).toEqual(['a1', 'c1', 'a2'])
    leave.abort()
    await other
    expect(ended).toContain('b1')
  })
})
