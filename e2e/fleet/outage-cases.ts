import { until } from '@iot/testkit'
import { expect, it } from '@jest/globals'
import { connectAsync, type MqttClient } from 'mqtt'
import { type Api, logIn, readAll } from '../harness/api.js'
import { ask, gather, openSocket } from '../harness/sockets.js'
import { docker } from './harness/docker.js'
import type { Stack } from './harness/stack.js'

const LIMIT_MS = 180_000

/** Freezes the one container of a service while `work` runs. */
async function without<Result>(stack: Stack, service: string, work: () => Promise<Result>): Promise<Result> {
  const [container] = await stack.containers(service)
  await docker(['pause', container!])
  try {
    return await work()
  } finally {
    await docker(['unpause', container!])
  }
}

/** A device of its own name at a door, that counts what was acknowledged. */
async function startDevice(url: string, deviceId: string) {
  const client: MqttClient = await connectAsync(url, {
    protocolVersion: 4,
    reconnectPeriod: 200,
    connectTimeout: 5_000,
  })
  const sent: string[] = []
  const acknowledged: string[] = []
  let lastMs = 0
  return {
    sent,
    acknowledged,
    send() {
      lastMs = Math.max(lastMs + 1, Date.now())
      const timestamp = new Date(lastMs).toISOString()
      sent.push(timestamp)
      const payload = JSON.stringify({ deviceId, sensorType: 'count', value: sent.length, timestamp })
      client.publish('sensor/data', payload, { qos: 1 }, (error) => {
        if (!error) acknowledged.push(timestamp)
      })
    },
    end: () => client.endAsync(true),
  }
}

/** What is stored of the device is what was sent, each once. */
async function expectStored(api: Api, deviceId: string, sent: readonly string[]): Promise<void> {
  const range = { fromMs: Date.parse(sent[0]!) - 1, toMs: Date.now() + 60_000 }
  const stored = await until(
    'everything is stored',
    async () => {
      const readings = await readAll(api, deviceId, range).catch(() => [])
      return readings.length >= sent.length && readings
    },
    { withinMs: 60_000, everyMs: 500 },
  )
  expect(stored.map(({ timestamp }) => timestamp)).toEqual(sent)
}

export function outageCases(under: () => Stack): void {
  it(
    'Redis: sockets stay, are told “degraded”, and get what came meanwhile when it is back',
    async () => {
      const stack = under()
      const api = await logIn(stack)
      const deviceId = 'without-redis'
      const device = await startDevice(stack.mqttUrl, deviceId)
      const socket = await openSocket(stack, api.token)
      const heard = gather<{ timestamp: string; status?: string }>(socket, [
        'sensor:reading',
        'system:status',
      ])
      let isLost = false
      socket.on('disconnect', () => {
        isLost = true
      })
      await ask(socket, 'subscribe:device', deviceId, { names: ['sensor:reading'] })
      await ask(socket, 'subscribe-system')
      await without(stack, 'redis', async () => {
        await until('the client is told', () => heard['system:status']!.at(-1)?.status === 'degraded', {
          withinMs: 30_000,
        })
        for (let count = 0; count < 20; count++) device.send()
        await until('the log has them all the same', () => device.acknowledged.length === device.sent.length)
      })
      await until('all of it was seen', () => heard['sensor:reading']!.length >= device.sent.length, {
        withinMs: 60_000,
      })
      expect(heard['sensor:reading']!.map(({ timestamp }) => timestamp)).toEqual(device.sent)
      await until(
        'the client is told that it is over',
        () => heard['system:status']!.at(-1)?.status === 'healthy',
        {
          withinMs: 60_000,
        },
      )
      expect(isLost).toBe(false)
      socket.disconnect()
      await device.end()
    },
    LIMIT_MS,
  )

  it(
    'the database: live goes on, history says 503 and when to ask again, and the archive catches up',
    async () => {
      const stack = under()
      const api = await logIn(stack)
      const deviceId = 'without-database'
      const device = await startDevice(stack.mqttUrl, deviceId)
      const socket = await openSocket(stack, api.token)
      const heard = gather<{ timestamp: string }>(socket, ['sensor:reading'])
      await ask(socket, 'subscribe:device', deviceId, { names: ['sensor:reading'] })
      await without(stack, 'timescaledb', async () => {
        for (let count = 0; count < 20; count++) device.send()
        await until('live goes on', () => heard['sensor:reading']!.length === device.sent.length, {
          withinMs: 30_000,
        })
        // The record is there for who reads the log before the bridge has its answer.
        await until('all of it is acknowledged', () => device.acknowledged.length === device.sent.length)
        const now = new Date().toISOString()
        const history = await fetch(
          `${stack.url}/api/devices/${deviceId}/readings?from=2026-01-01T00:00:00Z&to=${now}`,
          {
            headers: { authorization: `Bearer ${api.token}` },
          },
        )
        expect(history.status).toBe(503)
        expect(Number(history.headers.get('retry-after'))).toBeGreaterThan(0)
        expect(await history.json()).toMatchObject({ code: 'UNAVAILABLE' })
      })
      await expectStored(api, deviceId, device.sent)
      socket.disconnect()
      await device.end()
    },
    LIMIT_MS,
  )

  it(
    'Kafka: the acknowledgement waits, and nothing is lost',
    async () => {
      const stack = under()
      const api = await logIn(stack)
      const device = await startDevice(stack.mqttUrl, 'without-kafka')
      await without(stack, 'kafka', async () => {
        for (let count = 0; count < 200; count++) device.send()
        await new Promise((resolve) => setTimeout(resolve, 8_000))
        expect(device.acknowledged).toEqual([])
      })
      await until('all of it is acknowledged', () => device.acknowledged.length === device.sent.length, {
        withinMs: 60_000,
      })
      await expectStored(api, 'without-kafka', device.sent)
      await device.end()
    },
    LIMIT_MS,
  )

  it(
    'Mosquitto: the listener goes on',
    async () => {
      const stack = under()
      const api = await logIn(stack)
      const device = await startDevice(stack.mqttUrl, 'without-mosquitto')
      await without(stack, 'mosquitto', async () => {
        for (let count = 0; count < 20; count++) device.send()
        await until('all of it is acknowledged', () => device.acknowledged.length === device.sent.length)
        await expectStored(api, 'without-mosquitto', device.sent)
      })
      await device.end()
    },
    LIMIT_MS,
  )

  it(
    'HAProxy: everybody comes back when it has been restarted',
    async () => {
      const stack = under()
      const { token } = await logIn(stack)
      const sockets = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          openSocket(stack, token, { transports: [n % 4 === 0 ? 'polling' : 'websocket'] }),
        ),
      )
      const returns = sockets.map((socket) => {
        const seen = { welcomes: 0 }
        socket.on('welcome', () => {
          seen.welcomes += 1
        })
        return seen
      })
      const [container] = await stack.containers('haproxy')
      await docker(['restart', container!])
      await until('everybody is welcomed again', () => returns.every(({ welcomes }) => welcomes > 0), {
        withinMs: 60_000,
      })
      for (const socket of sockets) socket.disconnect()
    },
    LIMIT_MS,
  )
}
