import type { AlertEvent, AlertPage, User } from '@iot/contracts'
import { until } from '@iot/testkit'
import { afterEach, expect, it } from '@jest/globals'
import { connectAsync, type MqttClient } from 'mqtt'
import type { Socket } from 'socket.io-client'
import { type Api, logIn } from '../harness/api.js'
import { say } from '../harness/say.js'
import { ask, gather, openSocket } from '../harness/sockets.js'
import { docker } from './harness/docker.js'
import type { Stack } from './harness/stack.js'

const SITE = 'Hall of silence'
const DEVICES = ['silent-1', 'silent-2', 'silent-3']
const PASSWORD = 'a password of somebody'
/** A site is looked at every few seconds, and its devices' own alerts wait for that. */
const SITE_TOLD_MS = 60_000
/** Ten seconds without a sign of life, and twenty more in which it may come back. */
const LOST_TOLD_MS = 120_000
const LIMIT_MS = 360_000

export function connectivityCases(under: () => Stack): void {
  const clients: MqttClient[] = []
  const sockets: Socket[] = []
  afterEach(() => {
    for (const client of clients.splice(0)) client.end(true)
    for (const socket of sockets.splice(0)) socket.disconnect()
  })

  /** With a last will, as a device has it. */
  async function connectDevice(deviceId: string): Promise<MqttClient> {
    const client = await connectAsync(under().mqttUrl, {
      protocolVersion: 4,
      clientId: deviceId,
      reconnectPeriod: 0,
      will: { topic: `devices/${deviceId}/status`, payload: Buffer.from('offline'), qos: 1, retain: true },
    })
    clients.push(client)
    await client.publishAsync(
      `devices/${deviceId}/telemetry`,
      JSON.stringify({ deviceId, temperature: 20, timestamp: new Date().toISOString() }),
      { qos: 1 },
    )
    return client
  }

  async function open(token: string): Promise<Socket> {
    const socket = await openSocket({ url: under().replicaUrls[0] }, token)
    sockets.push(socket)
    return socket
  }

  const atSite = async (api: Api) =>
    (await api.get<AlertPage>(`/api/alerts?site=${encodeURIComponent(SITE)}&limit=100`)).items

  it(
    'a site that falls silent as a whole is one alert that names it',
    async () => {
      const api = await logIn(under())
      const devices = await Promise.all(DEVICES.map(connectDevice))
      for (const deviceId of DEVICES) {
        await until('the device is known', () =>
          api.send('PATCH', `/api/devices/${deviceId}`, { site: SITE }).then(
            () => true,
            () => false,
          ),
        )
      }
      await until('all are online', async () => {
        const found = await Promise.all(
          DEVICES.map((id) => api.get<{ status: string; site?: string }>(`/api/devices/${id}`)),
        )
        return found.every(({ status, site }) => status === 'online' && site === SITE)
      })
      const socket = await open(api.token)
      const heard = gather<AlertEvent>(socket, ['alert'])
      expect(await ask(socket, 'subscribe-alerts')).toMatchObject({ ok: true })
      // Where devices are is known to whoever decides within seconds; before that each would speak for itself.
      await new Promise((resolve) => setTimeout(resolve, 10_000))

      const beginMs = performance.now()
      for (const device of devices) device.stream.destroy()
      const told = await until(
        'the site is told of',
        () => heard.alert!.find(({ site, deviceId }) => site === SITE && deviceId === undefined),
        { withinMs: SITE_TOLD_MS },
      )
      say(`“${told.message}” after ${Math.round(performance.now() - beginMs)} ms`)
      expect(told).toMatchObject({ type: 'connectivity', state: 'open', affectedDevices: DEVICES.length })
      expect((await atSite(api)).filter(({ deviceId }) => deviceId !== undefined)).toEqual([])

      for (const deviceId of DEVICES) await connectDevice(deviceId)
      await until(
        'the site is back',
        () =>
          heard.alert!.some(({ alertId, transition }) => alertId === told.alertId && transition === 'closed'),
        { withinMs: SITE_TOLD_MS },
      )
    },
    LIMIT_MS,
  )

  it(
    'a replica that is lost is told to everybody, and its return too',
    async () => {
      const stack = under()
      const admin = await logIn(stack)
      await admin.send<User>('POST', '/api/users', { username: 'dora', password: PASSWORD, role: 'user' })
      const { token } = await logIn(stack, { username: 'dora', password: PASSWORD })
      const heard = gather<AlertEvent>(await open(token), ['alert:system', 'system:alert'])
      const isOf = ({ affectedServices, message }: AlertEvent) =>
        affectedServices?.includes('websocket-service') === true && message.includes('not heard any more')
      const [replica] = await stack.containers('websocket-service-replica')
      const beginMs = performance.now()
      await docker(['kill', replica!])
      let lost: AlertEvent
      try {
        lost = await until('everybody is told', () => heard['alert:system']!.find(isOf), {
          withinMs: LOST_TOLD_MS,
        })
      } finally {
        await docker(['start', replica!])
      }
      say(`“${lost.message}” after ${Math.round(performance.now() - beginMs)} ms`)
      expect(lost).toMatchObject({ type: 'system', severity: 'critical', transition: 'opened' })
      await until(
        'and that it is back',
        () =>
          heard['alert:system']!.some(
            ({ alertId, transition }) => alertId === lost.alertId && transition === 'closed',
          ),
        { withinMs: LOST_TOLD_MS },
      )
      // Under both names, one after the other.
      await until('all of it has come', () => heard['system:alert']!.length >= heard['alert:system']!.length)
      expect(heard['system:alert']).toEqual(heard['alert:system'])
      const { items } = await admin.get<AlertPage>('/api/alerts?type=system&limit=100')
      expect(items.map(({ alertId }) => alertId)).toContain(lost.alertId)
      await stack.healthy()
    },
    LIMIT_MS,
  )
}
