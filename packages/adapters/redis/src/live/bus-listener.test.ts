import { CHANNELS } from '@iot/contracts'
import type { LiveBatch } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { encodeBatch } from './batch-codec.js'
import { BusListener, type BusListenerDeps } from './bus-listener.js'

type Connection = BusListenerDeps['connection']

const CHANNEL = Buffer.from(CHANNELS.readings)
const BATCH: LiveBatch = {
  epoch: 'e1',
  kind: 'readings',
  partition: 0,
  before: 0,
  last: 1,
  entries: [{ offset: 1, deviceId: 'd1', sensorType: 'temperature', json: '{}' }],
}

let starts: number
let failures: string[]
let say: ((message: Buffer) => void)[]
let listener: BusListener

/** A connection whose next steps fail as `failures` says. */
beforeEach(() => {
  starts = 0
  failures = []
  say = []
  const failIf = (step: string) => {
    if (failures[0] === step) throw new Error(failures.shift())
  }
  const connection: Connection = {
    isReady: true,
    async start() {
      starts += 1
      failIf('start')
    },
    async stop() {},
    on: ({ messageBytes }) => void say.push((message) => messageBytes?.(CHANNEL, message)),
    async ask() {
      failIf('ask')
      return undefined as never
    },
    renew() {},
  }
  const { signal } = new AbortController()
  listener = new BusListener({
    connection,
    logger: silentLogger(),
    epoch: 'e1',
    signal,
    onOtherLog() {},
  })
})

/** The last offsets of the batches heard. */
async function listen(): Promise<number[]> {
  const heard: number[] = []
  await listener.subscribe({ onBatch: ({ last }) => void heard.push(last) })
  return heard
}

function publish(): void {
  for (const to of say) to(Buffer.from(encodeBatch(BATCH)))
}

describe('the listening side of the bus', () => {
  it.each(['start', 'ask'])('hears everything once after a first try that failed (%s)', async (step) => {
    failures = [step]
    await expect(listen()).rejects.toThrow(step)
    const heard = await listen()
    publish()
    expect(heard).toEqual([BATCH.last])
  })

  it('connects once for all who subscribe at the same time, and again for all whose try failed', async () => {
    failures = ['start']
    const tries = await Promise.allSettled([listen(), listen()])
    expect(tries.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const [one, other] = await Promise.all([listen(), listen()])
    publish()
    expect([one, other]).toEqual([[BATCH.last], [BATCH.last]])
    expect(starts).toBe(2)
  })
})
