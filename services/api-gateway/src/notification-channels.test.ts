import type { AlertSender, OutgoingMessage, SendOutcome } from '@iot/ports'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type OpenGateway, openGateway } from './testing/open-gateway.js'

const PATH = '/api/notification-channels'
const WEBHOOK = {
  name: 'Shift',
  kind: 'webhook',
  settings: { url: 'https://hooks.example/x', secret: '0123456789abcdef' },
}
const NTFY = {
  name: 'Phones',
  kind: 'ntfy',
  settings: { server: 'https://ntfy.plant.example', topic: 'plant', token: 'tk_1' },
}

describe('notification channels', () => {
  let gateway: OpenGateway
  let token: string
  let sent: OutgoingMessage[]
  let outcome: SendOutcome
  const sender: AlertSender = {
    async send(message) {
      sent.push(message)
      return outcome
    },
  }
  const ask = (method: string, path: string, body?: unknown) =>
    gateway.ask(method, PATH + path, { token, ...(body !== undefined && { body }) })
  const make = async (body: object) => (await ask('POST', '', body)).body.id as string

  beforeEach(async () => {
    sent = []
    outcome = { ok: true, httpStatus: 200 }
    gateway = await openGateway({ deps: { sender } })
    token = await gateway.tokenOf('admin')
  })
  afterEach(() => gateway.close())

  it('are made, listed, changed and removed, and never show a secret', async () => {
    const made = await ask('POST', '', WEBHOOK)
    expect(made).toMatchObject({
      status: 201,
      body: {
        ...WEBHOOK,
        settings: { url: 'https://hooks.example/x', secret: { set: true } },
        enabled: true,
        route: {},
        group: '10s',
        quietCritical: false,
        updatedBy: 'admin',
      },
    })
    const { id } = made.body
    expect((await ask('GET', `/${id}`)).body).toEqual(made.body)
    const quietHours = { days: ['sat'], from: '22:00', to: '06:00', timeZone: 'Asia/Ho_Chi_Minh' }
    const change = {
      settings: { url: 'https://other.example' },
      route: { severities: ['critical'] },
      quietHours,
    }
    const changed = await ask('PATCH', `/${id}`, change)
    expect(changed.body).toMatchObject({ name: 'Shift', route: { severities: ['critical'] }, quietHours })
    expect((await gateway.channels.get(id))!.settings).toEqual({
      url: 'https://other.example',
      secret: WEBHOOK.settings.secret,
    })
    expect((await ask('PATCH', `/${id}`, { quietHours: null })).body.quietHours).toBeUndefined()
    const second = await make(NTFY)
    const page = await ask('GET', '?limit=1')
    expect(page.body.items.map((one: { id: string }) => one.id)).toEqual([id])
    const rest = await ask('GET', `?cursor=${page.body.nextCursor}`)
    expect(rest.body).toMatchObject({
      items: [{ id: second, settings: { topic: 'plant', token: { set: true } } }],
    })
    expect(JSON.stringify([made.body, changed.body, rest.body])).not.toMatch(/0123456789abcdef|tk_1/)
    expect((await ask('DELETE', `/${id}`)).status).toBe(204)
    expect((await ask('DELETE', `/${id}`)).status).toBe(404)
  })

  it('are not changed by who has not seen the last change', async () => {
    const id = await make(NTFY)
    const seen = (await ask('GET', `/${id}`)).body
    expect(seen.revision).toBe(1)
    const change = (name: string, revision?: number) =>
      ask('PATCH', `/${id}`, { name, ...(revision !== undefined && { revision }) })
    expect((await change('first', seen.revision)).body).toMatchObject({ name: 'first', revision: 2 })
    const late = await change('second', seen.revision)
    expect([late.status, late.body.code]).toEqual([409, 'STATE_CONFLICT'])
    expect(late.body.detail).toContain('revision 2')
    expect((await change('third')).body).toMatchObject({ name: 'third', revision: 3 })
    await ask('DELETE', `/${id}`)
  })

  it('are refused in words that name the field', async () => {
    const faults = async (body: object) => (await ask('POST', '', body)).body.errors
    const settings = { url: 'https://u:p@hooks.example', chatId: '1' }
    expect(await faults({ ...WEBHOOK, settings })).toMatchObject([
      { field: 'settings.secret', message: 'a channel of kind webhook needs it' },
      {
        field: 'settings.chatId',
        message: 'a channel of kind webhook has no such setting; it has url, secret',
      },
      { field: 'settings.url', message: expect.stringContaining('a login may not be part') },
    ])
    const quietHours = { days: ['sat'], from: '22:00', to: '06:00', timeZone: 'Mars' }
    expect(await faults({ ...NTFY, quietHours })).toMatchObject([{ field: 'quietHours.timeZone' }])
    expect(await faults({ ...NTFY, kind: 'pigeon' })).toMatchObject([{ field: 'kind' }])
    expect(await faults({ ...NTFY, group: '2d' })).toMatchObject([{ field: 'group' }])
    const mail = { name: 'Mail', kind: 'email', settings: { to: ['a@b.c\r\nBcc: d@e.f'] } }
    expect(await faults(mail)).toMatchObject([{ field: 'settings.to.0' }])
  })

  it('give no secret away to a server that somebody names', async () => {
    const id = await make(NTFY)
    for (const settings of [{ server: 'https://thief.example' }, { server: null }]) {
      expect((await ask('PATCH', `/${id}`, { settings })).body.errors).toMatchObject([
        { field: 'settings.token', message: 'say it again: with this change it is sent to another server' },
      ])
    }
    const settings = { server: NTFY.settings.server, topic: 'other' }
    expect((await ask('PATCH', `/${id}`, { settings })).status).toBe(200)
    const anew = { server: 'https://other.example', token: null }
    expect((await ask('PATCH', `/${id}`, { settings: anew })).body.settings).toEqual({
      server: 'https://other.example',
      topic: 'other',
    })
  })

  it('send a test at once, and say what became of it', async () => {
    const id = await make({ ...WEBHOOK, enabled: false })
    expect((await ask('POST', `/${id}/test`)).body).toEqual({ ok: true, httpStatus: 200 })
    expect(sent).toMatchObject([{ event: 'test', alerts: [], channel: { id, settings: WEBHOOK.settings } }])
    outcome = { ok: false, error: 'Nobody listens there' }
    expect((await ask('POST', `/${id}/test`)).body).toEqual({ ok: false, error: 'Nobody listens there' })
    const page = (await ask('GET', `/${id}/deliveries?limit=1`)).body
    expect(page.items).toMatchObject([{ state: 'dead', test: true, lastError: 'Nobody listens there' }])
    const rest = (await ask('GET', `/${id}/deliveries?cursor=${page.nextCursor}`)).body
    expect(rest.items).toMatchObject([{ state: 'sent', httpStatus: 200 }])
    expect(rest.items[0].idempotencyKey).toBe(sent[0]!.idempotencyKey)
    expect((await ask('GET', `/${id}/deliveries?state=waiting`)).body).toEqual({ items: [] })
  })

  it('stand in the audit log, with what was changed and no setting', async () => {
    const id = await make(WEBHOOK)
    await ask('PATCH', `/${id}`, { enabled: false, settings: { secret: 'fedcba9876543210' } })
    await ask('POST', `/${id}/test`)
    await ask('DELETE', `/${id}`)
    const entries = await gateway.audit.list({ limit: 9, targetType: 'channel' })
    expect(entries.map(({ action, actor }) => `${actor} ${action}`)).toEqual([
      'admin channel.removed',
      'admin channel.tested',
      'admin channel.changed',
      'admin channel.created',
    ])
    expect(entries[2]!.detail).toMatchObject({ name: 'Shift', changed: ['enabled', 'settings.secret'] })
    expect(JSON.stringify(entries)).not.toMatch(/0123456789abcdef|fedcba9876543210|hooks\.example/)
  })
})
