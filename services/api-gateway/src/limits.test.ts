import { afterEach, describe, expect, it } from '@jest/globals'
import { type OpenGateway, openGateway, PASSWORD } from './testing/open-gateway.js'

let gateway: OpenGateway
afterEach(() => gateway.close())

async function open(environment: Record<string, string>) {
  gateway = await openGateway({ environment: { TRUST_PROXY: '127.0.0.1', ...environment } })
  await gateway.addUser('anna', 'user')
  await gateway.addUser('bert', 'user')
}

function logIn(username: string, password: string, address: string) {
  return gateway.ask('POST', '/api/auth/login', {
    body: { username, password },
    headers: { 'x-forwarded-for': address },
  })
}

describe('failed logins', () => {
  it('make an account wait at that address, and nobody else', async () => {
    await open({ LOGIN_MAX_FAILURES: '3' })
    for (let n = 0; n < 3; n++) expect((await logIn('anna', 'wrong password', '10.0.0.1')).status).toBe(401)

    const waiting = await logIn('Anna', PASSWORD, '10.0.0.1')
    expect(waiting.status).toBe(429)
    expect(waiting.body.code).toBe('LOGIN_THROTTLED')
    expect(Number(waiting.headers.get('retry-after'))).toBe(900)

    expect((await logIn('bert', PASSWORD, '10.0.0.1')).status).toBe(200)
    expect((await logIn('anna', PASSWORD, '10.0.0.2')).status).toBe(200)
  })

  it('are forgotten after 15 minutes', async () => {
    await open({ LOGIN_MAX_FAILURES: '1' })
    await logIn('anna', 'wrong password', '10.0.0.1')
    gateway.clock.advance(15 * 60_000 - 1)
    expect((await logIn('anna', PASSWORD, '10.0.0.1')).status).toBe(429)
    gateway.clock.advance(1)
    expect((await logIn('anna', PASSWORD, '10.0.0.1')).status).toBe(200)
  })

  it('are forgotten after a success', async () => {
    await open({ LOGIN_MAX_FAILURES: '2' })
    for (let n = 0; n < 3; n++) {
      expect((await logIn('anna', 'wrong password', '10.0.0.1')).status).toBe(401)
      expect((await logIn('anna', PASSWORD, '10.0.0.1')).status).toBe(200)
    }
  })

  it('count when sent at once like those sent in turn', async () => {
    await open({ LOGIN_MAX_FAILURES: '3' })
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => logIn('anna', 'wrong password', '10.0.0.1')),
    )
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(3)
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(9)
  })

  it('are no way to see which users there are', async () => {
    await open({ LOGIN_MAX_FAILURES: '1' })
    await logIn('nobody', 'wrong password', '10.0.0.1')
    expect((await logIn('nobody', 'wrong password', '10.0.0.1')).body.code).toBe('LOGIN_THROTTLED')
  })

  it('at a throttled account cost the address nothing more', async () => {
    await open({ LOGIN_MAX_FAILURES: '1', RATE_LIMIT_MAX_REQUESTS: '3' })
    for (let n = 0; n < 10; n++) await logIn('anna', 'wrong password', '10.0.0.1')
    expect((await logIn('bert', PASSWORD, '10.0.0.1')).status).toBe(200)
  })
})

describe('requests without a login', () => {
  function look(address: string) {
    return gateway.ask('GET', '/api/devices', { headers: { 'x-forwarded-for': address } })
  }

  it('are bounded per address and window', async () => {
    await open({ RATE_LIMIT_MAX_REQUESTS: '4', RATE_LIMIT_WINDOW: '60000' })
    for (let n = 0; n < 4; n++) expect((await look('10.0.0.1')).status).toBe(401)
    const limited = await look('10.0.0.1')
    expect(limited.status).toBe(429)
    expect(limited.body.code).toBe('RATE_LIMITED')
    expect(Number(limited.headers.get('retry-after'))).toBe(60)
    expect((await look('10.0.0.2')).status).toBe(401)
    gateway.clock.advance(60_000)
    expect((await look('10.0.0.1')).status).toBe(401)
  })

  it('share a budget within the network of an IPv6 address', async () => {
    await open({ RATE_LIMIT_MAX_REQUESTS: '1' })
    expect((await look('2001:db8::1')).status).toBe(401)
    expect((await look('2001:db8::2')).status).toBe(429)
    expect((await look('2001:db8:0:1::1')).status).toBe(401)
  })

  it('leave who is signed in at the same address alone', async () => {
    await open({ RATE_LIMIT_MAX_REQUESTS: '1' })
    await look('10.0.0.1')
    await look('10.0.0.1')
    const headers = { 'x-forwarded-for': '10.0.0.1' }
    const token = await gateway.tokenOf('user', 'anna')
    expect((await gateway.ask('GET', '/api/devices', { token, headers })).status).toBe(200)
  })

  it('to what every visitor loads cost nothing, nor do good logins and refreshes', async () => {
    await open({ RATE_LIMIT_MAX_REQUESTS: '1' })
    const headers = { 'x-forwarded-for': '10.0.0.1' }
    for (let n = 0; n < 3; n++) {
      for (const path of ['/config.json', '/api/setup', '/api/sensors/mqtt-status', '/api/docs/json']) {
        expect((await gateway.ask('GET', path, { headers })).status).toBe(200)
      }
      const { cookie } = await logIn('anna', PASSWORD, '10.0.0.1')
      const refreshed = await gateway.ask('POST', '/api/auth/refresh', { cookie: cookie!, headers })
      expect(refreshed.status).toBe(200)
    }
    expect((await look('10.0.0.1')).status).toBe(401)
  })

  it('by a token that has just expired cost nothing', async () => {
    await open({ RATE_LIMIT_MAX_REQUESTS: '1' })
    const token = await gateway.tokenOf('user', 'anna')
    gateway.clock.advance(901_000)
    for (let n = 0; n < 3; n++) {
      const answer = await gateway.ask('GET', '/api/devices', { token })
      expect(answer.body.code).toBe('TOKEN_EXPIRED')
    }
  })

  it('are told by the peer’s address, whatever it says of itself, when it is no trusted proxy', async () => {
    await open({ RATE_LIMIT_MAX_REQUESTS: '1', TRUST_PROXY: '10.9.9.9' })
    expect((await look('10.0.0.1')).status).toBe(401)
    expect((await look('10.0.0.2')).status).toBe(429)
  })
})

describe('requests of somebody signed in', () => {
  it('are bounded per minute, for that user alone', async () => {
    await open({ USER_RATE_LIMIT_PER_MINUTE: '3' })
    const anna = await gateway.tokenOf('user', 'anna')
    const bert = await gateway.tokenOf('user', 'bert')
    const look = (token: string) => gateway.ask('GET', '/api/devices', { token })
    for (let n = 0; n < 3; n++) expect((await look(anna)).status).toBe(200)
    expect((await look(anna)).body.code).toBe('RATE_LIMITED')
    expect((await look(bert)).status).toBe(200)
    gateway.clock.advance(60_000)
    expect((await look(anna)).status).toBe(200)
  })

  it('go on while the counter is away', async () => {
    gateway = await openGateway({
      deps: {
        counter: {
          hit: () => Promise.reject(new Error('away')),
          peek: () => Promise.reject(new Error('away')),
          clear: () => Promise.reject(new Error('away')),
        },
      },
    })
    const token = await gateway.tokenOf('user')
    expect((await gateway.ask('GET', '/api/devices', { token })).status).toBe(200)
    expect((await gateway.ask('GET', '/api/devices')).status).toBe(401)
  })
})
