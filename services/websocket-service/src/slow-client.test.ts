import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { type Client, type Harness, startHarness } from './testing/harness.js'

let harness: Harness
afterEach(() => harness.stop())

/** Stops reading, as a browser does whose page is frozen. */
function freeze(client: Client): { thaw(): void } {
  const { transport } = client.socket.io.engine as unknown as {
    transport: { ws: { _socket: { pause(): void; resume(): void } } }
  }
  transport.ws._socket.pause()
  return { thaw: () => transport.ws._socket.resume() }
}

const FILLER = 'x'.repeat(4_000)

/** Publishes until the frozen client has been left behind, in steps that let the witness read. */
async function publishUntilLagging(witness: Client): Promise<number> {
  let value = 0
  await until(
    'the frozen client lags',
    async () => {
      await harness.publisher.readings(
        ...Array.from({ length: 10 }, () => ({ deviceId: 'd1', value: ++value, location: FILLER })),
      )
      await until('the witness', () => witness.bodies('sensor:reading').length === value, { everyMs: 1 })
      return (await harness.metric('iot_socket_lagging_clients')) === 1
    },
    { everyMs: 1, withinMs: 50_000 },
  )
  return value
}

describe('a frozen browser', () => {
  it('gets the newest value when it thaws, and costs the others nothing', async () => {
    harness = await startHarness({ config: { SOCKET_BACKLOG_BYTES: 65_536 } })
    const witness = await harness.connect()
    const frozen = await harness.connect()
    for (const client of [witness, frozen]) {
      await client.call('subscribe:device', 'd1', { names: ['sensor:reading', 'device:status'] })
    }
    const ice = freeze(frozen)
    await publishUntilLagging(witness)
    await harness.publisher.readings({ deviceId: 'd1', value: 1e6 }, { deviceId: 'd1', value: 1e6 + 1 })
    const last = 1e6 + 1
    await harness.publisher.status('d1', 'offline')
    await harness.publisher.status('d1', 'online')
    ice.thaw()
    await until('the newest', () => frozen.bodies('sensor:reading').some(({ value }) => value === last))
    await until('both status changes', () => frozen.bodies('device:status').length === 2)
    const readings = frozen.bodies('sensor:reading')
    expect(readings.at(-1)).toMatchObject({ value: last, conflated: true })
    const values = readings.map(({ value }) => Number(value))
    expect(values).toEqual([...values].sort((a, b) => a - b))
    expect(witness.bodies('sensor:reading').length).toBeGreaterThan(readings.length)
    expect(await harness.metric('iot_socket_slow_clients_total{outcome="conflated"}')).toBe(1)
    await harness.publisher.readings({ deviceId: 'd1', value: -1 })
    await until('live again', () => frozen.bodies('sensor:reading').at(-1)?.value === -1)
    expect(frozen.bodies('sensor:reading').at(-1)).not.toHaveProperty('conflated')
  })

  it('with a batch window gets one frame of newest values, which says so', async () => {
    harness = await startHarness({ config: { SOCKET_BACKLOG_BYTES: 65_536 } })
    const witness = await harness.connect()
    await witness.call('subscribe:device', 'd1', { names: ['sensor:reading'] })
    const frozen = await harness.connect()
    await frozen.call('subscribe-all-devices', { batch: true })
    const ice = freeze(frozen)
    await publishUntilLagging(witness)
    await harness.publisher.readings({ deviceId: 'd1', value: 1e6 }, { deviceId: 'd2', value: 1 })
    ice.thaw()
    const values = () =>
      frozen.bodies('sensor:batch').flatMap(({ readings }) => readings!.map(({ value }) => value))
    await until('the newest of d1', () => values().includes(1e6))
    const conflated = frozen.bodies('sensor:batch').filter((batch) => batch.conflated)
    expect(conflated).toHaveLength(1)
    expect(conflated[0]?.readings).toMatchObject([
      { deviceId: 'd1', value: 1e6 },
      { deviceId: 'd2', value: 1 },
    ])
  })
})
