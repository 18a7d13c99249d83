import type { NotificationRequest } from '@iot/contracts'
import { type FleetMessage, StoreUnavailable } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type OpenGateway, openGateway } from './testing/open-gateway.js'

let gateway: OpenGateway
let heard: FleetMessage[]
beforeEach(async () => {
  gateway = await openGateway()
  heard = []
  gateway.channel.listen((message) => void heard.push(message))
})
afterEach(() => gateway.close())

const tokens = async () => ({
  admin: await gateway.tokenOf('admin', 'root'),
  operator: await gateway.tokenOf('operator', 'olga'),
  user: await gateway.tokenOf('user', 'ursula'),
})

async function send(body: Partial<NotificationRequest> = {}) {
  const token = await gateway.tokenOf('admin', 'root')
  return gateway.ask('POST', '/api/notifications', {
    token,
    body: { type: 'info', message: 'hello', ...body },
  })
}
async function list(token: string, query = '') {
  return (await gateway.ask('GET', `/api/notifications${query}`, { token })).body
}

describe('notices over REST', () => {
  it('are stored and told to every process, with who sent them', async () => {
    const { user } = await tokens()
    const sent = await send({ type: 'warning', title: 'Shift', message: 'Change at six' })
    expect(sent.status).toBe(201)
    expect(sent.body).toEqual({
      id: expect.any(String),
      type: 'warning',
      title: 'Shift',
      message: 'Change at six',
      timestamp: new Date(gateway.clock.nowMs()).toISOString(),
      from: 'root',
    })
    await until('it is told', () => heard.length > 0)
    expect(heard).toEqual([{ kind: 'notification', notification: sent.body }])
    expect(await list(user)).toEqual({ items: [{ ...sent.body, read: false }], unread: 1 })
  })

  it('reach everyone, exactly a role, or a user', async () => {
    const { admin, operator, user } = await tokens()
    await send({ message: 'all' })
    await send({ message: 'operators', to: { role: 'operator' } })
    await send({ message: 'ursula', to: { user: 'URSULA' } })
    const messages = async (token: string) =>
      (await list(token)).items.map(({ message }: { message: string }) => message)
    expect(await messages(admin)).toEqual(['all'])
    expect(await messages(operator)).toEqual(['operators', 'all'])
    expect(await messages(user)).toEqual(['ursula', 'all'])
  })

  it('to nobody are refused, by the field, and told to nobody', async () => {
    const refused = await send({ to: { user: 'nobody' } })
    expect(refused.status).toBe(400)
    expect(refused.body).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ field: 'to.user', message: 'names nobody' }],
    })
    await send()
    await until('the good one is told', () => heard.length > 0)
    expect(heard).toHaveLength(1)
  })

  it.each([
    ['no type', { message: 'x' }, 'type'],
    ['a strange type', { type: 'loud', message: 'x' }, 'type'],
    ['no message', { type: 'info' }, 'message'],
    ['an empty message', { type: 'info', message: '' }, 'message'],
    ['a message too long', { type: 'info', message: 'x'.repeat(2_001) }, 'message'],
    ['a zero byte', { type: 'info', message: 'a\u0000b' }, 'message'],
    ['a role and a user', { type: 'info', message: 'x', to: { role: 'user', user: 'olga' } }, 'to'],
    ['a strange role', { type: 'info', message: 'x', to: { role: 'king' } }, 'to.role'],
    ['an unknown field', { type: 'info', message: 'x', link: '/' }, 'link'],
  ])('with %s are refused, by the field', async (_what, body, field) => {
    const token = await gateway.tokenOf('admin', 'root')
    const refused = await gateway.ask('POST', '/api/notifications', { token, body })
    expect(refused.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ field }] })
  })

  it('are read singly and up to one, and every process is told', async () => {
    const { user } = await tokens()
    const ids: string[] = []
    for (const message of ['1', '2', '3', '4']) ids.push((await send({ message })).body.id)
    heard.length = 0
    const read = (body: object) => gateway.ask('POST', '/api/notifications/read', { token: user, body })
    expect((await read({ ids: [ids[3]] })).body).toEqual({ unread: 3 })
    expect((await read({ upTo: ids[1] })).body).toEqual({ unread: 1 })
    const { items, unread } = await list(user, '?unread=true')
    expect(items.map(({ message }: { message: string }) => message)).toEqual(['3'])
    expect(unread).toBe(1)
    const userId = (await gateway.users.findByUsername('ursula'))!.id
    await until('both are told', () => heard.length === 2)
    expect(heard).toEqual([
      { kind: 'notifications-read', userId, ids: [ids[3]], unread: 3 },
      { kind: 'notifications-read', userId, ids: [], upTo: ids[1], unread: 1 },
    ])
    for (const body of [{}, { ids: [] }, { ids: ['-1'] }, { upTo: 'last' }, { all: true }]) {
      expect((await read(body)).body.code).toBe('VALIDATION_FAILED')
    }
  })

  it('come page by page, newest first', async () => {
    const { user } = await tokens()
    for (const message of ['1', '2', '3', '4', '5']) await send({ message })
    const messages: string[] = []
    let cursor: string | undefined
    do {
      const page = await list(user, `?limit=2${cursor ? `&cursor=${cursor}` : ''}`)
      expect(page.unread).toBe(5)
      messages.push(...page.items.map(({ message }: { message: string }) => message))
      cursor = page.nextCursor
    } while (cursor)
    expect(messages).toEqual(['5', '4', '3', '2', '1'])
    const token = user
    const strange = await gateway.ask('GET', '/api/notifications?cursor=MQ', { token })
    expect(strange.body.code).toBe('BAD_CURSOR')
  })

  it('from before a user was made are not theirs', async () => {
    await send({ message: 'before' })
    gateway.clock.advance(1)
    const late = await gateway.tokenOf('user', 'late')
    await send({ message: 'after' })
    expect((await list(late)).items).toMatchObject([{ message: 'after' }])
  })
})

it('is stored all the same while nobody can be told', async () => {
  const deaf = await openGateway({
    deps: {
      channel: { send: () => Promise.reject(new StoreUnavailable('away')), listen: () => () => {} },
    },
  })
  try {
    const token = await deaf.tokenOf('admin', 'root')
    const body = { type: 'info', message: 'x' }
    expect((await deaf.ask('POST', '/api/notifications', { token, body })).status).toBe(201)
    const { items } = (await deaf.ask('GET', '/api/notifications', { token })).body
    expect(items).toMatchObject([{ message: 'x' }])
    const read = { upTo: items[0].id }
    expect((await deaf.ask('POST', '/api/notifications/read', { token, body: read })).body).toEqual({
      unread: 0,
    })
  } finally {
    await deaf.close()
  }
})
