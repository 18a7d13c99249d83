import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type OpenGateway, openGateway } from './testing/open-gateway.js'

let gateway: OpenGateway
let tokens: Record<'user' | 'anna' | 'hue' | 'admin', string>
const HOT = { name: 'Too hot', sensorType: 'temperature', operator: '>', value: 8, severity: 'critical' }

beforeAll(async () => {
  gateway = await openGateway({ environment: { USER_RATE_LIMIT_PER_MINUTE: '10000' } })
  await gateway.addUser('hue', 'operator', ['Hue'])
  tokens = {
    user: await gateway.tokenOf('user'),
    anna: await gateway.tokenOf('operator', 'anna'),
    hue: await gateway.tokenOf('operator', 'hue'),
    admin: await gateway.tokenOf('admin'),
  }
  await gateway.devices.create({ deviceId: 'hue-1', site: 'Hue' })
  await gateway.devices.create({ deviceId: 'hanoi-1', site: 'Hanoi' })
})
afterAll(() => gateway.close())

const ask = (who: keyof typeof tokens, method: string, path: string, body?: unknown) =>
  gateway.ask(method, path, { token: tokens[who], ...(body !== undefined && { body }) })

async function make(rule: object, who: keyof typeof tokens = 'anna'): Promise<string> {
  const { status, body } = await ask(who, 'POST', '/api/alert-rules', { ...HOT, ...rule })
  expect(status).toBe(201)
  return body.id
}
const auditOf = async (targetId: string) =>
  (await ask('admin', 'GET', `/api/audit?targetId=${targetId}`)).body.items

describe('an alert rule', () => {
  it('is made, shown, changed field by field, and removed, and the audit log has who did', async () => {
    const id = await make({ deviceId: 'hanoi-1', for: '5m' })
    expect((await ask('user', 'GET', `/api/alert-rules/${id}`)).body).toMatchObject({
      ...HOT,
      enabled: true,
      revision: 1,
      source: 'api',
      updatedBy: 'anna',
    })
    const changed = await ask('admin', 'PATCH', `/api/alert-rules/${id}`, { for: null, clear: 7 })
    expect(changed.body).toMatchObject({ clear: 7, revision: 2, updatedBy: 'admin', deviceId: 'hanoi-1' })
    expect(changed.body).not.toHaveProperty('for')
    // What says nothing new is no change: another revision would close what the rule has open.
    const same = await ask('anna', 'PATCH', `/api/alert-rules/${id}`, { clear: 7, for: null, revision: 2 })
    expect(same.body).toEqual(changed.body)
    expect((await ask('anna', 'DELETE', `/api/alert-rules/${id}`)).status).toBe(204)
    expect((await ask('anna', 'GET', `/api/alert-rules/${id}`)).body.code).toBe('NOT_FOUND')
    expect(await auditOf(id)).toMatchObject([
      { action: 'rule.removed', actor: 'anna' },
      { action: 'rule.changed', actor: 'admin', detail: { changed: { for: null, clear: 7 }, revision: 2 } },
      { action: 'rule.created', actor: 'anna' },
    ])
  })

  it('is refused with every fault in plain words, also where a change would make one', async () => {
    const bad = {
      ...HOT,
      value: undefined,
      clear: 9,
      schedule: { days: ['mon'], from: '08:00', to: '08:00' },
    }
    const shape = await ask('anna', 'POST', '/api/alert-rules', bad)
    expect(shape.body.errors).toMatchObject([{ field: 'schedule.timeZone', message: 'is missing' }])
    const sense = await ask('anna', 'POST', '/api/alert-rules', {
      ...HOT,
      clear: 9,
      site: 'A',
      deviceId: 'b',
    })
    expect(sense.body.errors.map((one: { field: string }) => one.field).sort()).toEqual(['clear', 'site'])
    const id = await make({})
    const patched = await ask('anna', 'PATCH', `/api/alert-rules/${id}`, { operator: 'outside' })
    expect(patched.body.code).toBe('VALIDATION_FAILED')
    expect((await gateway.rules.get(id))?.revision).toBe(1)
  })

  it('is not changed by who has not seen its newest revision, and keeps what two change at once', async () => {
    const id = await make({})
    const path = `/api/alert-rules/${id}`
    await ask('admin', 'PATCH', path, { name: 'Hot', revision: 1 })
    const late = await ask('anna', 'PATCH', path, { name: 'Warm', revision: 1 })
    expect(late.body).toMatchObject({ code: 'STATE_CONFLICT', detail: expect.stringMatching(/by admin/) })
    const both = await Promise.all([
      ask('anna', 'PATCH', path, { value: 10 }),
      ask('admin', 'PATCH', path, { severity: 'warning' }),
    ])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(await gateway.rules.get(id)).toMatchObject({ value: 10, severity: 'warning', revision: 4 })
  })

  it('that stands in a file is read only', async () => {
    await gateway.rules.syncFiles(new Map([['file:hall', { ...HOT, severity: 'warning' } as never]]))
    for (const [method, body] of [['PATCH', { value: 1 }], ['DELETE']] as const) {
      const answer = await ask('anna', method, '/api/alert-rules/file:hall', body)
      expect(answer.body).toMatchObject({ code: 'READ_ONLY', detail: expect.stringMatching(/file:hall/) })
    }
    await gateway.rules.syncFiles(new Map())
  })

  it('of every device is shown to who is limited to sites, and theirs to change are those of their sites alone', async () => {
    const own = [await make({ deviceId: 'hue-1' }, 'hue'), await make({ site: 'Hue' }, 'hue')]
    const foreign = [await make({ deviceId: 'hanoi-1' }), await make({ site: 'Hanoi' })]
    const every = await make({})
    const listed = await ask('hue', 'GET', '/api/alert-rules')
    const ids = listed.body.items.map((one: { id: string }) => one.id)
    expect(ids).toEqual(expect.arrayContaining([...own, every]))
    for (const id of foreign) {
      expect(ids).not.toContain(id)
      for (const [method, body] of [['GET'], ['PATCH', { value: 1 }], ['DELETE']] as const) {
        const path = `/api/alert-rules/${id}`
        expect((await ask('hue', method, path, body)).status).toBe(404)
      }
    }
    const path = `/api/alert-rules/${every}`
    expect((await ask('hue', 'PATCH', path, { value: 1 })).body.code).toBe('FORBIDDEN')
    expect((await ask('hue', 'DELETE', path)).body.code).toBe('FORBIDDEN')
    for (const [scope, code] of [
      [{}, 'FORBIDDEN'],
      [{ site: 'Hanoi' }, 'VALIDATION_FAILED'],
      [{ deviceId: 'hanoi-1' }, 'VALIDATION_FAILED'],
      [{ deviceId: 'nowhere' }, 'VALIDATION_FAILED'],
    ] as const) {
      const made = await ask('hue', 'POST', '/api/alert-rules', { ...HOT, ...scope })
      expect(made.body.code).toBe(code)
      const moved = await ask('hue', 'PATCH', `/api/alert-rules/${own[1]}`, { site: null, ...scope })
      expect(moved.body.code).toBe(code)
    }
    expect((await ask('hue', 'PATCH', `/api/alert-rules/${own[1]}`, { value: 1 })).status).toBe(200)
    expect((await ask('hue', 'DELETE', `/api/alert-rules/${own[0]}`)).status).toBe(204)
  })
})

describe('a maintenance window', () => {
  const span = (fromHours: number, toHours: number) => ({
    from: new Date(gateway.clock.nowMs() + fromHours * 3_600_000).toISOString(),
    to: new Date(gateway.clock.nowMs() + toHours * 3_600_000).toISOString(),
  })

  it('is planned, listed until it is over, and taken away', async () => {
    const planned = await ask('anna', 'POST', '/api/maintenance-windows', { site: 'Hanoi', ...span(-1, 2) })
    expect(planned.body).toMatchObject({ site: 'Hanoi', createdBy: 'anna' })
    const { id } = planned.body
    expect((await ask('user', 'GET', '/api/maintenance-windows')).body.items).toEqual([planned.body])
    expect((await ask('anna', 'DELETE', `/api/maintenance-windows/${id}`)).status).toBe(204)
    expect((await ask('anna', 'DELETE', `/api/maintenance-windows/${id}`)).status).toBe(404)
    expect(await auditOf(id)).toMatchObject([
      { action: 'maintenance.ended' },
      { action: 'maintenance.planned' },
    ])
    for (const window of [
      span(-2, -1),
      { site: 'Hanoi', ...span(2, 1) },
      { site: 'Hanoi', ...span(-2, -1) },
    ]) {
      const refused = await ask('anna', 'POST', '/api/maintenance-windows', window)
      expect(refused.body.code).toBe('VALIDATION_FAILED')
    }
  })

  it('exists for who may see its device or site, in full pages', async () => {
    const scopes = [{ site: 'Hue' }, { site: 'Hanoi' }, { deviceId: 'hue-1' }, { deviceId: 'hanoi-1' }]
    const ids: string[] = []
    for (const scope of scopes) {
      ids.push((await ask('anna', 'POST', '/api/maintenance-windows', { ...scope, ...span(0, 1) })).body.id)
    }
    const listed: string[] = []
    let cursor = ''
    do {
      const { body } = await ask('hue', 'GET', `/api/maintenance-windows?limit=1${cursor}`)
      listed.push(...body.items.map((one: { id: string }) => one.id))
      cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : ''
    } while (cursor)
    expect(listed.sort()).toEqual([ids[0], ids[2]].sort())
    for (const [at, id] of ids.entries()) {
      const made = await ask('hue', 'POST', '/api/maintenance-windows', { ...scopes[at], ...span(0, 1) })
      expect(made.status).toBe(at % 2 ? 400 : 201)
      expect((await ask('hue', 'DELETE', `/api/maintenance-windows/${id}`)).status).toBe(at % 2 ? 404 : 204)
    }
  })
})

describe('the audit log', () => {
  it('has what people do, without passwords, newest first and in pages', async () => {
    const password = 'a quite long secret'
    const made = await ask('admin', 'POST', '/api/users', { username: 'chi', password, role: 'user' })
    const path = `/api/users/${made.body.id}`
    await ask('admin', 'PATCH', path, { role: 'operator', password })
    await gateway.ask('POST', '/api/auth/login', { body: { username: 'chi', password } })
    await ask('admin', 'PATCH', path, { disabled: true })
    await ask('admin', 'DELETE', path)
    const items = await auditOf('chi')
    expect(items).toMatchObject([
      { action: 'user.removed', actor: 'admin' },
      { action: 'user.disabled', actor: 'admin' },
      { action: 'user.logged-in', actor: 'chi' },
      { action: 'user.changed', detail: { role: 'operator', password: 'changed' } },
      { action: 'user.created', detail: { role: 'user' } },
    ])
    expect(JSON.stringify(items)).not.toContain(password)
    const paged: string[] = []
    let cursor = ''
    do {
      const { body } = await ask('admin', 'GET', `/api/audit?action=user&targetId=chi&limit=2${cursor}`)
      paged.push(...body.items.map((one: { id: string }) => one.id))
      cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : ''
    } while (cursor)
    expect(paged).toEqual(items.map((one: { id: string }) => one.id))
  })

  it('has what is done to devices, credentials and connections', async () => {
    await ask('anna', 'POST', '/api/devices', { deviceId: 'brief' })
    const { body } = await ask('anna', 'POST', '/api/devices/brief/credentials', {})
    await ask('anna', 'DELETE', `/api/devices/brief/credentials/${body.id}`)
    await ask('anna', 'PATCH', '/api/devices/brief', { site: 'Hue' })
    await ask('admin', 'DELETE', '/api/devices/brief')
    await ask('admin', 'DELETE', '/api/system/connections?user=anna')
    await ask('admin', 'POST', '/api/notifications', { type: 'info', message: 'lunch' })
    const { body: log } = await ask('admin', 'GET', '/api/audit?limit=7')
    expect(log.items.map((one: { action: string }) => one.action)).toEqual([
      'notification.sent',
      'connection.closed',
      'device.removed',
      'device.changed',
      'credential.removed',
      'credential.created',
      'device.created',
    ])
    expect(JSON.stringify(log)).not.toContain(body.password)
  })

  it('being away stops nobody', async () => {
    const { add } = gateway.audit
    gateway.audit.add = () => Promise.reject(new Error('away'))
    await make({})
    gateway.audit.add = add
  })
})
