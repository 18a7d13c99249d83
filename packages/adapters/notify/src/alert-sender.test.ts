import { createHmac } from 'node:crypto'
import type http from 'node:http'
import type { AlertEvent, ChannelKind, ChannelSettings, WebhookBody } from '@iot/contracts'
import type { OutgoingMessage } from '@iot/ports'
import { FakeClock } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { type AlertSenderDeps, createAlertSender } from './alert-sender.js'
import { HOOKS_EXAMPLE } from './testing/hooks-example.js'
import { startReceiver } from './testing/start-receiver.js'

const clock = new FakeClock('2026-05-01T10:00:00.000Z')
const SECRET = 'a secret of 16 or more'.replaceAll(' ', '-')
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

async function receiver(
  answer?: (response: http.ServerResponse) => void,
  tls?: { key: string; cert: string },
) {
  const started = await startReceiver(answer, tls)
  closing.push(started.close)
  return started
}

function alertEvent(more: Partial<AlertEvent> = {}): AlertEvent {
  return {
    alertId: 'a1',
    deviceId: 'ESP32_01',
    sensorType: 'temperature',
    site: 'Hall <3>',
    severity: 'critical',
    type: 'threshold',
    message: 'Too hot & rising',
    timestamp: '2026-05-01T09:59:59.000Z',
    state: 'open',
    episode: 1,
    seq: 1,
    openedAt: '2026-05-01T09:59:59.000Z',
    transition: 'opened',
    ...more,
  }
}

function message(
  kind: ChannelKind,
  settings: ChannelSettings,
  alerts: readonly AlertEvent[] = [alertEvent()],
): OutgoingMessage {
  const channel = { id: '7', name: 'Night shift', kind, settings }
  return { event: alerts.length > 0 ? 'alerts' : 'test', idempotencyKey: 'key-1', channel, alerts }
}

const running = new AbortController().signal

function send(sent: OutgoingMessage, more: Partial<AlertSenderDeps> = {}) {
  return createAlertSender({ clock, allowedHosts: '127.0.0.1', ...more }).send(sent, running)
}

describe('a webhook', () => {
  it('is posted once, signed, with the key of the message', async () => {
    const { url, received } = await receiver()
    const alerts = [alertEvent(), alertEvent({ seq: 2, transition: 'closed', state: 'closed' })]
    expect(await send(message('webhook', { url: `${url}/in?x=1`, secret: SECRET }, alerts))).toEqual({
      ok: true,
      httpStatus: 200,
    })
    expect(received).toHaveLength(1)
    const { path, headers, body } = received[0]!
    expect(path).toBe('/in?x=1')
    expect(headers['idempotency-key']).toBe('key-1')
    const signed = `${headers['x-timestamp']}.${body}`
    expect(headers['x-timestamp']).toBe(String(clock.nowMs() / 1_000))
    expect(headers['x-signature']).toBe(`sha256=${createHmac('sha256', SECRET).update(signed).digest('hex')}`)
    const content = JSON.parse(body) as WebhookBody
    expect(content).toEqual({
      event: 'alerts',
      alerts,
      channel: { id: '7', name: 'Night shift' },
      sentAt: '2026-05-01T10:00:00.000Z',
    })
  })

  it('tells what the receiver answered, without the secret', async () => {
    const { url } = await receiver((response) => {
      response.writeHead(503, { 'retry-after': '7' }).end(`busy\n\u0007 ${SECRET}`)
    })
    expect(await send(message('webhook', { url, secret: SECRET }))).toEqual({
      ok: false,
      httpStatus: 503,
      retryAfterMs: 7_000,
      error: 'It answered 503: busy …',
    })
  })

  it.each([
    [429, '{"ok":false,"error_code":429,"parameters":{"retry_after":31}}', 31_000],
    [429, '{"parameters":{"retry_after":86400}}', 900_000],
    [429, '{"parameters":{"retry_after":-5}}', undefined],
    [429, 'null', undefined],
    [400, '{"parameters":{"retry_after":31}}', undefined],
  ])(
    'heeds how long an answer’s body says to wait, as Telegram’s do: %s %s',
    async (status, text, retryAfterMs) => {
      const { url } = await receiver((response) => {
        response.writeHead(status).end(text)
      })
      const outcome = await send(message('webhook', { url, secret: SECRET }))
      expect(outcome.ok ? undefined : outcome.retryAfterMs).toBe(retryAfterMs)
    },
  )

  it('follows no redirect', async () => {
    const other = await receiver()
    const { url } = await receiver((response) => {
      response.writeHead(307, { location: other.url }).end()
    })
    const outcome = await send(message('webhook', { url, secret: SECRET }))
    expect(outcome).toMatchObject({ ok: false, httpStatus: 307, error: expect.stringContaining('redirect') })
    expect(other.received).toEqual([])
  })

  it('reads so much of an answer, and waits so long for it', async () => {
    const endless = await receiver((response) => {
      const more = () => response.write('x'.repeat(65_536), () => response.destroyed || more())
      more()
    })
    expect(await send(message('webhook', { url: endless.url, secret: SECRET }))).toMatchObject({ ok: true })
    const silent = await receiver(() => {})
    const outcome = await send(message('webhook', { url: silent.url, secret: SECRET }), { limitMs: 200 })
    expect(outcome).toEqual({ ok: false, error: 'There was no answer in time' })
  })

  it('goes to no address that is not the Internet’s, however it is written', async () => {
    const { port, received } = await receiver()
    const hosts = [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '127.1',
      '0',
      '[::1]',
      '[::ffff:127.0.0.1]',
      'localhost',
    ]
    const metadata = ['169.254.169.254', '[fd00:ec2::254]', '100.100.100.200', '[64:ff9b::a9fe:a9fe]']
    for (const host of [...hosts, ...metadata, '10.0.0.1', '192.168.1.1', '[fe80::1]']) {
      const sent = message('webhook', { url: `http://${host}:${port}/`, secret: SECRET })
      expect(await send(sent, { allowedHosts: '', limitMs: 2_000 })).toEqual({
        ok: false,
        error: expect.stringMatching(/no address of the Internet; an operator can allow it/),
      })
    }
    expect(received).toEqual([])
  })

  it('goes to the address that was judged: the name is looked up once', async () => {
    const { port, received } = await receiver()
    const answers = ['127.0.0.1', '10.9.9.9']
    const lookups: string[] = []
    const resolve = async (host: string) => {
      lookups.push(host)
      return [{ address: answers[lookups.length - 1]! }]
    }
    const sent = message('webhook', { url: `http://hooks.example:${port}/`, secret: SECRET })
    expect(await send(sent, { resolve, allowedHosts: `hooks.example:${port}` })).toMatchObject({ ok: true })
    expect(lookups).toEqual(['hooks.example'])
    expect(received[0]!.headers.host).toBe(`hooks.example:${port}`)
    // What is allowed is this port of it.
    const other = message('webhook', { url: 'http://hooks.example:1/', secret: SECRET })
    expect(await send(other, { resolve, allowedHosts: `hooks.example:${port}` })).toMatchObject({
      ok: false,
      error: expect.stringContaining('leads to 10.9.9.9'),
    })
  })

  it('passes over addresses that it may not go to where a name has others', async () => {
    const { port, received } = await receiver()
    const resolve = async () => [{ address: '10.0.0.9' }, { address: '127.0.0.1' }]
    const sent = message('webhook', { url: `http://hooks.example:${port}/`, secret: SECRET })
    expect(await send(sent, { resolve })).toMatchObject({ ok: true })
    expect(received).toHaveLength(1)
  })

  it('asks under TLS for the certificate of the name, not of the address', async () => {
    const { port, received } = await receiver(undefined, HOOKS_EXAMPLE)
    const resolve = async () => [{ address: '127.0.0.1' }]
    const more = { resolve, ca: HOOKS_EXAMPLE.cert }
    const right = message('webhook', { url: `https://hooks.example:${port}/`, secret: SECRET })
    expect(await send(right, more)).toMatchObject({ ok: true })
    const wrong = message('webhook', { url: `https://other.example:${port}/`, secret: SECRET })
    expect(await send(wrong, more)).toMatchObject({
      ok: false,
      error: expect.stringContaining('other.example'),
    })
    expect(await send(right, { resolve })).toMatchObject({ ok: false })
    expect(received).toHaveLength(1)
  })

  it('says in plain words why it did not get there', async () => {
    const { url, close } = await startReceiver()
    await close()
    const failures = [
      [url, 'Nobody listens there (ECONNREFUSED)'],
      ['http://user:pass@127.0.0.1/', 'A login may not be part of the address'],
      ['ftp://127.0.0.1/', 'The address is not http(s)'],
      ['http://', 'The address is no URL'],
    ] as const
    for (const [address, error] of failures) {
      expect(await send(message('webhook', { url: address, secret: SECRET }))).toEqual({ ok: false, error })
    }
    const nowhere = async () => {
      throw Object.assign(new Error('queryA'), { code: 'ENOTFOUND' })
    }
    const lost = message('webhook', { url: 'https://nowhere.example', secret: SECRET })
    expect(await send(lost, { resolve: nowhere })).toEqual({
      ok: false,
      error: 'The name nowhere.example can’t be looked up (ENOTFOUND)',
    })
  })

  it('is broken off when the process stops', async () => {
    const { url } = await receiver(() => {})
    const stop = new AbortController()
    const sent = createAlertSender({ clock, allowedHosts: '127.0.0.1' })
    const outcome = sent.send(message('webhook', { url, secret: SECRET }), stop.signal)
    stop.abort()
    expect(await outcome).toEqual({ ok: false, error: 'Sending was broken off: the process stops' })
  })
})

describe('messages in words', () => {
  const alerts = [
    alertEvent({ alertId: 'a2', severity: 'warning', message: 'Humid', site: 'Hall' }),
    alertEvent(),
    alertEvent({ alertId: 'a3', transition: 'opened' }),
    alertEvent({ alertId: 'a3', seq: 2, transition: 'closed', state: 'closed' }),
  ]

  it('go to Slack, where no name can be taken for a mention', async () => {
    const { url, received } = await receiver()
    const sent = message('slack', { webhookUrl: `${url}/services/T/B/x` }, alerts)
    await send(sent, { frontUrl: 'https://dash.example/' })
    const { text } = JSON.parse(received[0]!.body)
    expect(text).toContain('3 alerts: 2 opened, 1 closed')
    expect(text).toContain('Hall &lt;3&gt;')
    expect(text.split('\n').at(-1)).toBe('https://dash.example/alerts')
    expect(text.split('\n')[1]).toContain('Too hot &amp; rising')
  })

  it('go to ntfy, with what makes a phone ring', async () => {
    const { url, received } = await receiver()
    const frontUrl = 'https://dash.example'
    await send(message('ntfy', { server: url, topic: 'plant', token: 'tk_secret' }, alerts), { frontUrl })
    await send(message('ntfy', { server: url, topic: 'plant' }), { frontUrl })
    const { headers, body } = received[0]!
    expect(JSON.parse(received[1]!.body).click).toBe('https://dash.example/alerts/a1')
    expect(headers.authorization).toBe('Bearer tk_secret')
    expect(JSON.parse(body)).toMatchObject({
      topic: 'plant',
      priority: 5,
      title: '3 alerts: 2 opened, 1 closed',
    })
  })

  it('go to Telegram, and never tell the token', async () => {
    const { url, received } = await receiver((response) => {
      response.writeHead(401).end('{"description":"bad /bot12:tok/"}')
    })
    const outcome = await send(message('telegram', { server: url, token: '12:tok', chatId: '-100' }, []))
    expect(received[0]!.path).toBe('/bot12:tok/sendMessage')
    expect(JSON.parse(received[0]!.body)).toMatchObject({
      chat_id: '-100',
      text: expect.stringContaining('test'),
    })
    expect(outcome).toEqual({
      ok: false,
      httpStatus: 401,
      error: 'It answered 401: {"description":"bad /bot…/"}',
    })
  })

  it('keep to what a receiver takes, however many alerts there are', async () => {
    const { url, received } = await receiver()
    const long = 'ữ'.repeat(990)
    const many = Array.from({ length: 1_000 }, (_, n) => alertEvent({ alertId: `n${n}`, message: long }))
    await send(message('ntfy', { server: url, topic: 'plant' }, many))
    await send(message('telegram', { server: url, token: '12:tok', chatId: '1' }, many))
    await send(message('slack', { webhookUrl: url }, many))
    const [ntfy, telegram, slack] = received.map(({ body }) => JSON.parse(body))
    expect(Buffer.byteLength(ntfy.message)).toBeLessThan(4_096)
    expect(ntfy.message).not.toContain('�')
    expect(telegram.text.length).toBeLessThan(4_096)
    expect(slack.text).toContain('and 980 more')
  })
})
