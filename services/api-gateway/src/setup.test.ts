import { createMemoryUserStore } from '@iot/adapter-memory'
import { StoreUnavailable } from '@iot/ports'
import { StartError } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { type OpenGateway, openGateway, PASSWORD } from './testing/open-gateway.js'

const opened: OpenGateway[] = []

async function open(options: Parameters<typeof openGateway>[0] = {}): Promise<OpenGateway> {
  const gateway = await openGateway(options)
  opened.push(gateway)
  return gateway
}
afterEach(async () => {
  for (const gateway of opened.splice(0)) await gateway.close()
})

function tokenIn(link: string | undefined): string {
  return /#token=(.+)$/.exec(link ?? '')?.[1] ?? ''
}
function setUp(gateway: OpenGateway, token: string, username = 'chief') {
  return gateway.ask('POST', '/api/setup', { body: { token, username, password: PASSWORD } })
}

describe('the first administrator', () => {
  it('is made by the link, who then is logged in', async () => {
    const gateway = await open()
    expect((await gateway.ask('GET', '/api/setup')).body).toEqual({ needed: true })
    const link = gateway.gateway.setupLink()
    expect(link).toMatch(/^http:\/\/localhost:[0-9]+\/setup#token=[\w-]{43}$/)

    const made = await setUp(gateway, tokenIn(link))
    expect(made.status).toBe(201)
    expect(made.body.user).toMatchObject({ username: 'chief', role: 'admin' })
    expect(made.cookie).toMatch(/^iot_refresh=/)
    expect((await gateway.ask('GET', '/api/setup')).body).toEqual({ needed: false })
    const token = made.body.accessToken
    expect((await gateway.ask('GET', '/api/system/dead-letters', { token })).status).toBe(200)
  })

  it('is made once: a used link and a wrong token are refused', async () => {
    const gateway = await open()
    const token = tokenIn(gateway.gateway.setupLink())
    expect((await setUp(gateway, 'wrong')).body.code).toBe('SETUP_TOKEN_INVALID')
    expect((await setUp(gateway, token)).status).toBe(201)
    expect((await setUp(gateway, token, 'second')).body.code).toBe('SETUP_TOKEN_INVALID')
    expect(await gateway.users.count()).toBe(1)
  })

  it('is one, when two use the link at once', async () => {
    const gateway = await open()
    const token = tokenIn(gateway.gateway.setupLink())
    const answers = await Promise.all([setUp(gateway, token, 'first'), setUp(gateway, token, 'second')])
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 403])
    expect(await gateway.users.count()).toBe(1)
  })

  it('is made by the same link whichever gateway of a fleet printed it', async () => {
    const users = createMemoryUserStore({ clock: new FakeClock() })
    const setupToken = 'a-token-that-all-gateways-share'
    const [one, other] = [
      await open({ deps: { users, setupToken } }),
      await open({ deps: { users, setupToken } }),
    ]
    expect(tokenIn(one.gateway.setupLink())).toBe(setupToken)
    expect(tokenIn(other.gateway.setupLink())).toBe(setupToken)
    expect((await setUp(one, setupToken)).status).toBe(201)
    expect((await setUp(other, setupToken, 'second')).status).toBe(403)
  })

  it('is looked for again while the store is away, and everything else answers meanwhile', async () => {
    const users = createMemoryUserStore({ clock: new FakeClock() })
    let isAway = true
    const count = users.count.bind(users)
    users.count = async () => {
      if (isAway) throw new StoreUnavailable('away')
      return count()
    }
    const gateway = await open({ deps: { users } })
    expect(gateway.gateway.setupLink()).toBeUndefined()
    expect((await gateway.ask('GET', '/api/sensors/mqtt-status')).status).toBe(200)
    isAway = false
    const link = await until('the link is there', () => gateway.gateway.setupLink())
    expect((await setUp(gateway, tokenIn(link))).status).toBe(201)
  })

  it('gets a new link with each start until it is made, and the older one is void', async () => {
    const users = createMemoryUserStore({ clock: new FakeClock() })
    const before = await open({ deps: { users } })
    const old = tokenIn(before.gateway.setupLink())
    const after = await open({ deps: { users } })
    expect((await setUp(after, old)).status).toBe(403)
    expect((await setUp(after, tokenIn(after.gateway.setupLink()))).status).toBe(201)
    const later = await open({ deps: { users } })
    expect(later.gateway.setupLink()).toBeUndefined()
  })

  it('begins its link with FRONTEND_URL where that is set', async () => {
    const gateway = await open({ environment: { FRONTEND_URL: 'https://dashboard.example.org/' } })
    expect(gateway.gateway.setupLink()).toMatch(/^https:\/\/dashboard\.example\.org\/setup#token=/)
  })

  it('is made by the variables without a link', async () => {
    const gateway = await open({ environment: { ADMIN_USERNAME: 'chief', ADMIN_PASSWORD: PASSWORD } })
    expect(gateway.gateway.setupLink()).toBeUndefined()
    const answer = await gateway.ask('POST', '/api/auth/login', {
      body: { username: 'chief', password: PASSWORD },
    })
    expect(answer.body.user.role).toBe('admin')
  })

  it('keeps its password when the variables change later', async () => {
    const users = createMemoryUserStore({ clock: new FakeClock() })
    await open({ environment: { ADMIN_USERNAME: 'chief', ADMIN_PASSWORD: PASSWORD }, deps: { users } })
    const later = await open({
      environment: { ADMIN_USERNAME: 'chief', ADMIN_PASSWORD: 'another one, long' },
      deps: { users },
    })
    const answer = await later.ask('POST', '/api/auth/login', {
      body: { username: 'chief', password: 'another one, long' },
    })
    expect(answer.status).toBe(401)
  })

  it.each([
    [{ ADMIN_USERNAME: 'chief' }, /ADMIN_PASSWORD/],
    [{ ADMIN_PASSWORD: PASSWORD }, /ADMIN_USERNAME/],
    [{ ADMIN_USERNAME: 'chief', ADMIN_PASSWORD: 'short' }, /at least 10/],
    [{ CORS_ORIGINS: '*' }, /CORS_ORIGINS: “\*”/],
    [{ TRUST_PROXY: 'proxy' }, /TRUST_PROXY/],
    [{ DASHBOARD_DIR: '/nowhere/at/all' }, /DASHBOARD_DIR/],
  ])('with %j the start stops and says why', async (environment, why) => {
    const failure = openGateway({ environment: environment as Record<string, string> })
    await expect(failure).rejects.toBeInstanceOf(StartError)
    await expect(failure).rejects.toThrow(why)
  })
})
