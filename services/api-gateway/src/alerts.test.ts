import { type AccessClaims, ALERT_ACTIONS, type AlertRecord } from '@iot/contracts'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAlertActs } from './alerts/act-on-alerts.js'
import { decideActionsOf, openingOf } from './testing/alert-world.js'
import { contracts, type OpenGateway, openGateway } from './testing/open-gateway.js'

let gateway: OpenGateway
let tokens: Record<'user' | 'anna' | 'binh' | 'hue' | 'admin', string>
let asked: ReturnType<typeof decideActionsOf>['asked']
let made = 0

beforeAll(async () => {
  gateway = await openGateway({ environment: { USER_RATE_LIMIT_PER_MINUTE: '10000' } })
  asked = decideActionsOf(gateway).asked
  await gateway.addUser('hue', 'operator', ['Hue'])
  tokens = {
    user: await gateway.tokenOf('user'),
    anna: await gateway.tokenOf('operator', 'anna'),
    binh: await gateway.tokenOf('operator', 'binh'),
    hue: await gateway.tokenOf('operator', 'hue'),
    admin: await gateway.tokenOf('admin'),
  }
  await gateway.devices.create({ deviceId: 'hue-1', site: 'Hue' })
  await gateway.devices.create({ deviceId: 'hanoi-1', site: 'Hanoi' })
})
afterAll(() => gateway.close())

type Who = keyof typeof tokens
const ask = (who: Who, method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  gateway.ask(method, path, {
    token: tokens[who],
    ...(body !== undefined && { body }),
    ...(headers && { headers }),
  })
const act = (who: Who, id: string, action: string, body?: unknown, headers?: Record<string, string>) =>
  ask(who, 'POST', `/api/alerts/${id}/${action}`, body, headers)

/** Opens an alert of a device and answers its id. */
async function open(more: Parameters<typeof openingOf>[1] = { deviceId: 'hanoi-1' }): Promise<string> {
  made += 1
  const record: AlertRecord = openingOf(`a-${made}`, more)
  await gateway.alerts.apply([record])
  return `a-${made}`
}

describe('what people do with an alert', () => {
  it('is acknowledged, put aside, taken back, commented and resolved, and says who did', async () => {
    const id = await open()
    const mine = await act('anna', id, 'acknowledge', { comment: 'on my way' })
    expect(mine.status).toBe(200)
    expect(mine.body).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'anna', alertId: id })
    const shelved = await act('binh', id, 'shelve', { for: '8h' })
    const until = new Date(gateway.clock.nowMs() + 8 * 3_600_000).toISOString()
    expect(shelved.body).toMatchObject({ state: 'shelved', shelvedBy: 'binh', shelvedUntil: until })
    expect((await act('anna', id, 'unshelve')).body.state).toBe('acknowledged')
    const commented = await act('anna', id, 'comment', { comment: 'filter changed' })
    expect(commented.body.comments.map((one: { text: string }) => one.text)).toEqual([
      'on my way',
      'filter changed',
    ])
    const closed = await act('anna', id, 'resolve')
    expect(closed.body).toMatchObject({ state: 'closed', closeReason: 'resolved' })
    expect(closed.body.history.map((one: { transition: string }) => one.transition)).toEqual([
      'opened',
      'acknowledged',
      'shelved',
      'unshelved',
      'commented',
      'closed',
    ])
    const { body } = await ask('admin', 'GET', `/api/audit?targetType=alert&targetId=${id}&actor=binh`)
    expect(body.items).toMatchObject([{ action: 'alert.shelved', actor: 'binh' }])
  })

  it('is refused to whoever comes second, who is told of the first', async () => {
    const id = await open()
    const both = await Promise.all([act('anna', id, 'acknowledge'), act('binh', id, 'acknowledge')])
    const winner = both.find(({ status }) => status === 200)!
    const loser = both.find(({ status }) => status !== 200)!
    expect(loser.status).toBe(409)
    const detail = `Already acknowledged by ${winner.body.acknowledgedBy}.`
    expect(loser.body).toMatchObject({ code: 'STATE_CONFLICT', detail })
    // What is known here to be so is not even asked for.
    const before = asked.length
    expect((await act('binh', id, 'acknowledge')).body.detail).toBe(detail)
    expect(asked).toHaveLength(before)
    await act('anna', id, 'resolve')
    expect((await act('binh', id, 'shelve', { for: '1h' })).body.detail).toBe('It is closed.')
  })

  it('is done once where the same is sent again with its key', async () => {
    const id = await open()
    const key = { 'Idempotency-Key': 'once-1' }
    const first = await act('anna', id, 'comment', { comment: 'x' }, key)
    const again = await act('anna', id, 'comment', { comment: 'x' }, key)
    expect(again.status).toBe(200)
    expect(again.body).toEqual(first.body)
    expect((await act('binh', id, 'comment', { comment: 'y' }, key)).body.comments).toHaveLength(2)
    await act('anna', id, 'acknowledge', {}, key)
    expect((await act('anna', id, 'acknowledge', {}, key)).status).toBe(200)
    const bad = await act('anna', id, 'comment', { comment: 'x' }, { 'Idempotency-Key': 'with space' })
    expect(bad.body.errors[0].field).toBe('idempotency-key')
  })

  it('is answered with what is known where nobody decides in time, and never as done', async () => {
    const acts = createAlertActs({
      log: { append: async () => ({ partition: 0, offset: 0 }) },
      alerts: gateway.alerts,
      clock: gateway.clock,
      patienceMs: 120,
    })
    const alert = (await gateway.alerts.get(await open()))!
    const claims: AccessClaims = { userId: 'a', username: 'anna', role: 'operator', userVersion: 0 }
    expect(await acts.request([alert], claims, { action: 'acknowledge' })).toEqual(['unknown'])
    const stuck = createAlertActs({
      log: { append: () => new Promise(() => {}) },
      alerts: gateway.alerts,
      clock: gateway.clock,
      patienceMs: 50,
    })
    await expect(stuck.request([alert], claims, { action: 'acknowledge' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
  })

  it('is done to several at once, each by itself', async () => {
    const [first, second, closed] = [await open(), await open(), await open()]
    await act('anna', closed, 'resolve')
    const { status, body } = await ask('binh', 'POST', '/api/alerts/bulk', {
      action: 'acknowledge',
      alertIds: [first, 'no-such', closed, second],
    })
    expect(status).toBe(200)
    expect(body.results).toEqual([
      { alertId: first, ok: true },
      { alertId: 'no-such', ok: false, code: 'NOT_FOUND', message: 'There is no such alert.' },
      { alertId: closed, ok: false, code: 'STATE_CONFLICT', message: 'It is closed.' },
      { alertId: second, ok: true },
    ])
    expect((await gateway.alerts.get(second))?.acknowledgedBy).toBe('binh')
    for (const [request, field] of [
      [{ action: 'shelve' }, 'for'],
      [{ action: 'shelve', for: '31d' }, 'for'],
      [{ action: 'resolve', for: '1h' }, 'for'],
    ] as const) {
      const refused = await ask('binh', 'POST', '/api/alerts/bulk', { ...request, alertIds: [first] })
      expect(refused.body.errors[0].field).toBe(field)
    }
  })
})

describe('the list of alerts', () => {
  it('comes in pages, newest opening first, that miss and double nothing', async () => {
    for (let n = 0; n < 7; n++) {
      const timestamp = new Date(Date.UTC(2026, 5, 1, 0, n >> 1)).toISOString()
      await open({
        deviceId: 'paged',
        timestamp,
        openedAt: timestamp,
        severity: n % 2 ? 'critical' : 'warning',
      })
    }
    const whole = (await ask('user', 'GET', '/api/alerts?deviceId=paged')).body.items
    expect(whole).toHaveLength(7)
    for (const limit of [1, 2, 3]) {
      const ids: string[] = []
      let cursor = ''
      do {
        const { body } = await ask('user', 'GET', `/api/alerts?deviceId=paged&limit=${limit}${cursor}`)
        ids.push(...body.items.map((one: { alertId: string }) => one.alertId))
        cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : ''
      } while (cursor)
      expect(ids).toEqual(whole.map((one: { alertId: string }) => one.alertId))
    }
    const critical = await ask('user', 'GET', '/api/alerts?deviceId=paged&state=active&severity=critical')
    expect(critical.body.items).toHaveLength(3)
    const late = await ask('user', 'GET', '/api/alerts?deviceId=paged&to=2026-06-01T00:01:00Z')
    expect(late.body.items).toHaveLength(2)
    const turned = await ask('user', 'GET', '/api/alerts?from=2026-06-02T00:00:00Z&to=2026-06-01T00:00:00Z')
    expect(turned.body.errors[0].field).toBe('from')
    expect((await ask('user', 'GET', '/api/alerts?state=new')).body.errors[0].field).toBe('state')
  })

  it('has alerts of the system for administrators alone, and none is lost for the others', async () => {
    const systems: string[] = []
    for (let n = 0; n < 5; n++) systems.push(await open({ type: 'system', ruleId: `watch-${n}` }))
    const visible = await open({ deviceId: 'hanoi-1', openedAt: '2025-01-01T00:00:00.000Z' })
    const { body } = await ask('user', 'GET', '/api/alerts?limit=1000')
    expect(body.items.filter((one: { type: string }) => one.type === 'system')).toEqual([])
    expect(body.items.at(-1).alertId).toBe(visible)
    expect((await ask('anna', 'GET', '/api/alerts?type=system')).body.items).toEqual([])
    expect((await ask('admin', 'GET', '/api/alerts?type=system')).body.items).toHaveLength(5)
    expect((await ask('anna', 'GET', `/api/alerts/${systems[0]}`)).status).toBe(404)
    expect((await act('anna', systems[0]!, 'acknowledge')).status).toBe(404)
    expect((await ask('admin', 'GET', `/api/alerts/${systems[0]}`)).status).toBe(200)
  })

  it('holds what is of their sites for who is limited to them; the rest is not there', async () => {
    const foreign = [await open(), await open({ site: 'Hanoi' }), await open({ type: 'system' })]
    const own = [await open({ deviceId: 'hue-1' }), await open({ site: 'Hue', type: 'connectivity' })]
    const { body } = await ask('hue', 'GET', '/api/alerts')
    expect(body.items.map((one: { alertId: string }) => one.alertId).sort()).toEqual(own.sort())
    const routes = contracts.filter(({ path }) => path.startsWith('/api/alerts/{id}'))
    expect(routes).toHaveLength(1 + ALERT_ACTIONS.length)
    for (const { method, path } of routes) {
      const more = { shelve: { for: '1h' }, comment: { comment: 'x' } }[path.split('/').at(-1)!]
      const answers = await Promise.all(
        [...foreign, 'no-such'].map((id) => ask('hue', method, path.replace('{id}', id), more)),
      )
      // Not told from one that is not there.
      const told = answers.map(({ body }) => ({ ...body, requestId: '' }))
      expect(new Set(told.map((body) => JSON.stringify(body))).size).toBe(1)
      expect(told[0].status).toBe(404)
    }
    const bulk = await ask('hue', 'POST', '/api/alerts/bulk', {
      action: 'resolve',
      alertIds: [...foreign, ...own],
    })
    expect(bulk.body.results.map((one: { ok: boolean }) => one.ok)).toEqual([false, false, false, true, true])
    for (const id of foreign) expect((await gateway.alerts.get(id))?.state).toBe('open')
  })

  it('counts for each what they may see', async () => {
    const alone = await openGateway()
    await alone.devices.create({ deviceId: 'hue-1', site: 'Hue' })
    await alone.addUser('hue', 'operator', ['Hue'])
    await alone.alerts.apply([
      openingOf('one', { deviceId: 'hue-1' }),
      openingOf('two', { deviceId: 'x', severity: 'critical' }),
    ])
    const figure = async (token: string) =>
      (await alone.ask('GET', '/api/system/status', { token })).body.metrics.activeAlerts
    expect(await figure(await alone.tokenOf('user'))).toBe(2)
    expect(await figure(await alone.tokenOf('operator', 'hue'))).toBe(1)
    await alone.close()
  })
})
