import type { Alert, AlertDetail, AlertEvent, AlertPage, AlertRule } from '@iot/contracts'
import { until } from '@iot/testkit'
import { afterAll, expect, it } from '@jest/globals'
import type { Socket } from 'socket.io-client'
import { type Api, logIn } from '../harness/api.js'
import { say } from '../harness/say.js'
import { ask, gather, openSocket } from '../harness/sockets.js'
import { type Episodes, LIMIT, startEpisodes } from './harness/episodes.js'
import { inflict } from './harness/faults.js'
import type { Stack } from './harness/stack.js'

const KILLS = 20
const LIVE_CONTAINERS = 2
/** The next kill comes so many ms after the container's return, at most. */
const PAUSE_MS = 4_000
const SENSOR = 'pressure-of-episodes'
/** For the last takeover, and what waited in the log for it. */
const SETTLED_MS = 120_000
const IN_FORCE_MS = 60_000
const LIMIT_MS = 900_000

export function alertCases(under: () => Stack): void {
  let episodes: Episodes | undefined
  let socket: Socket | undefined
  afterAll(() => {
    episodes?.close()
    socket?.disconnect()
  })

  it(
    `every episode is opened once and closed once, while live is killed ${KILLS} times`,
    async () => {
      const stack = under()
      const rule = await (await logIn(stack)).send<AlertRule>('POST', '/api/alert-rules', {
        name: 'Episodes',
        sensorType: SENSOR,
        operator: '>',
        value: LIMIT,
        severity: 'warning',
      })
      const { token } = await logIn(stack)
      socket = await openSocket({ url: stack.replicaUrls[0] }, token)
      const heard = gather<AlertEvent>(socket, ['alert', 'resync'])
      expect(await ask(socket, 'subscribe-alerts')).toMatchObject({ ok: true })

      const running = await startEpisodes(stack.mqttUrl, 'episode', SENSOR)
      episodes = running
      await until(
        'the rule is in force for every partition',
        () => new Set(heard.alert!.map(({ deviceId }) => deviceId)).size >= running.begun.size,
        { withinMs: IN_FORCE_MS },
      )
      running.start()
      for (let kill = 0; kill < KILLS; kill++) {
        await inflict(stack, {
          service: 'live',
          kind: 'kill',
          container: Math.floor(Math.random() * LIVE_CONTAINERS),
        })
        await new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE_MS))
      }
      await running.finish()

      const api = await logIn(stack)
      const wanted = [...running.begun.values()].reduce((sum, count) => sum + count, 0)
      const alerts = await until(
        'every alert of the store is closed, and there is one for every episode',
        async () => {
          const found = await readAlerts(api, rule.id)
          return found.length >= wanted && found.every(({ state }) => state === 'closed') && found
        },
        { withinMs: SETTLED_MS, everyMs: 1_000 },
      ).catch(() => readAlerts(api, rule.id))
      say(`${wanted} episodes of ${running.begun.size} devices, ${alerts.length} alerts, ${KILLS} kills`)
      expect(differences(running.begun, alerts)).toEqual([])
      expect(alerts.filter(({ state, seq }) => state !== 'closed' || seq !== 2)).toEqual([])
      await checkHistories(api, alerts)

      const ofRule = () => heard.alert!.filter(({ ruleId }) => ruleId === rule.id)
      await until('the subscriber has heard as many', () => ofRule().length >= 2 * wanted, {
        withinMs: IN_FORCE_MS,
      }).catch(() => {})
      expect(heardOf(ofRule())).toEqual(heardOf(alerts.flatMap(transitionsOf)))
      expect(heard.resync).toEqual([])
      await api.send('DELETE', `/api/alert-rules/${encodeURIComponent(rule.id)}`)
    },
    LIMIT_MS,
  )
}

async function readAlerts(api: Api, ruleId: string): Promise<Alert[]> {
  const alerts: Alert[] = []
  let cursor: string | undefined
  do {
    const after = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = await api.get<AlertPage>(
      `/api/alerts?limit=1000&ruleId=${encodeURIComponent(ruleId)}${after}`,
    )
    alerts.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return alerts
}

/** Devices whose alerts are not as many as their episodes. */
function differences(begun: ReadonlyMap<string, number>, alerts: readonly Alert[]): string[] {
  const found = new Map<string, number>()
  for (const { deviceId = '' } of alerts) found.set(deviceId, (found.get(deviceId) ?? 0) + 1)
  return [...begun].flatMap(([deviceId, count]) => {
    const alerted = found.get(deviceId) ?? 0
    return alerted === count ? [] : [`${deviceId}: ${count} episodes, ${alerted} alerts`]
  })
}

/** Of some alerts, in full: opened, then closed by the condition, and nothing else. */
async function checkHistories(api: Api, alerts: readonly Alert[]): Promise<void> {
  for (const { alertId } of alerts.slice(0, 25)) {
    const { history, closeReason } = await api.get<AlertDetail>(`/api/alerts/${alertId}`)
    expect(history.map(({ transition }) => transition)).toEqual(['opened', 'closed'])
    expect(closeReason).toBe('cleared')
  }
}

function transitionsOf({ alertId }: Alert): Pick<AlertEvent, 'alertId' | 'seq' | 'transition'>[] {
  return [
    { alertId, seq: 1, transition: 'opened' },
    { alertId, seq: 2, transition: 'closed' },
  ]
}

function heardOf(events: readonly Pick<AlertEvent, 'alertId' | 'seq' | 'transition'>[]): string[] {
  return events.map(({ alertId, seq, transition }) => `${alertId} ${seq} ${transition}`).sort()
}
