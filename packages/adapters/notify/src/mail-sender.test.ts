import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { FakeClock } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { createAlertSender } from './alert-sender.js'

interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** A mail server that keeps what it is given. */
async function startMailServer(options: SMTPServerOptions = {}) {
  const mails: Mail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, { envelope }, done) {
      const parts: Buffer[] = []
      stream.on('data', (part) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = envelope
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(parts).toString(),
        })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  closing.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { mails, port: (server.server.address() as AddressInfo).port }
}

function send(url: string | undefined, to: string[], more: { message?: string; limitMs?: number } = {}) {
  const { limitMs, message = 'Quá nóng\r\nBcc: x@y.z' } = more
  const sender = createAlertSender({
    clock: new FakeClock(),
    allowedHosts: '',
    ...(url !== undefined && { mail: { url, from: 'IoT <alerts@plant.example>' } }),
    ...(limitMs !== undefined && { limitMs }),
  })
  return sender.send(
    {
      event: 'alerts',
      idempotencyKey: '5ad1b7ac-0000-4000-8000-000000000001',
      channel: { id: '1', name: 'Mail', kind: 'email', settings: { to } },
      alerts: [
        {
          alertId: 'a1',
          severity: 'critical',
          type: 'system',
          message,
          timestamp: '2026-05-01T09:59:59.000Z',
          state: 'open',
          episode: 1,
          seq: 1,
          openedAt: '2026-05-01T09:59:59.000Z',
          transition: 'opened',
        },
      ],
    },
    new AbortController().signal,
  )
}

describe('a mail', () => {
  it('gets to every address by a real server, under the key of the message', async () => {
    const { mails, port } = await startMailServer()
    expect(await send(`smtp://127.0.0.1:${port}`, ['a@plant.example', 'b@plant.example'])).toEqual({
      ok: true,
    })
    const [{ from, to, text }] = mails as [Mail]
    expect(from).toBe('alerts@plant.example')
    expect(to).toEqual(['a@plant.example', 'b@plant.example'])
    expect(text).toContain('Message-ID: <5ad1b7ac-0000-4000-8000-000000000001@plant.example>')
    expect(text).toContain('Auto-Submitted: auto-generated')
    expect(text).not.toMatch(/^Bcc:/m)
  })

  it('logs in where the address has a login, and says what the server said where it may not', async () => {
    const { mails, port } = await startMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth({ username, password }, _, done) {
        if (username === 'iot' && password === 'p@ss') done(null, { user: username })
        else done(new Error('Who are you?'))
      },
    })
    expect(await send(`smtp://iot:p%40ss@127.0.0.1:${port}`, ['a@plant.example'])).toEqual({ ok: true })
    expect(mails).toHaveLength(1)
    expect(await send(`smtp://iot:wrong@127.0.0.1:${port}`, ['a@plant.example'])).toEqual({
      ok: false,
      error: expect.stringMatching(/^The mail server: 535 .*Who are you/),
    })
  })

  it('is sent once to those who take it, and who does not is named', async () => {
    const { mails, port } = await startMailServer({
      onRcptTo({ address }, _, done) {
        done(address.startsWith('gone') ? new Error('no such mailbox') : null)
      },
    })
    expect(await send(`smtp://127.0.0.1:${port}`, ['a@plant.example', 'gone@plant.example'])).toEqual({
      ok: true,
      remark: 'Refused for gone@plant.example',
    })
    expect(mails[0]!.to).toEqual(['a@plant.example'])
    expect(await send(`smtp://127.0.0.1:${port}`, ['gone@plant.example'])).toMatchObject({ ok: false })
  })

  it('is given up in time by a server that says nothing, and where there is none', async () => {
    const { port } = await startMailServer({ onConnect: () => {} })
    expect(await send(`smtp://127.0.0.1:${port}`, ['a@plant.example'], { limitMs: 200 })).toEqual({
      ok: false,
      error: 'There was no answer in time',
    })
    expect(await send('smtp://127.0.0.1:1', ['a@plant.example'])).toMatchObject({
      ok: false,
      error: expect.stringContaining('ECONNREFUSED'),
    })
    expect(await send(undefined, ['a@plant.example'])).toEqual({
      ok: false,
      error: 'No mail server is configured: an operator sets SMTP_URL and SMTP_FROM',
    })
  })
})
