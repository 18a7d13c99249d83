import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type OpenGateway, openGateway } from './testing/open-gateway.js'

const SCRIPT = 'export const answer = 42\n'.repeat(100)
const HASHED = '/assets/main-Ab3dEf9_.js'
let folder: string
let gateway: OpenGateway

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dashboard files '))
  const root = path.join(folder, 'dist')
  await mkdir(path.join(root, 'assets'), { recursive: true })
  await writeFile(path.join(folder, 'secret.txt'), 'secret')
  await writeFile(path.join(root, 'index.html'), '<!doctype html><title>the dashboard</title>')
  await writeFile(path.join(root, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await writeFile(path.join(root, '.env'), 'secret')
  await writeFile(path.join(root, HASHED), SCRIPT)
  await writeFile(path.join(root, `${HASHED}.br`), brotliCompressSync(SCRIPT))
  await writeFile(path.join(root, `${HASHED}.gz`), gzipSync(SCRIPT))
  await symlink(path.join(folder, 'secret.txt'), path.join(root, 'link.txt'))
  gateway = await openGateway({
    environment: {
      DASHBOARD_DIR: root,
      CORS_ORIGINS: 'https://other.example, http://localhost:5173',
      MQTT_PORT: '11883',
    },
  })
})
afterAll(async () => {
  await gateway.close()
  await rm(folder, { recursive: true })
})

/** By hand, because fetch tidies paths and headers before it sends them. */
function get(target: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET') {
  const { port } = gateway.server.address() as { port: number }
  return new Promise<{ status: number; headers: http.IncomingHttpHeaders; body: Buffer }>(
    (resolve, reject) => {
      http
        .request({ host: '127.0.0.1', port, path: target, method, headers }, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk) => chunks.push(chunk))
          response.on('end', () =>
            resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
          )
        })
        .on('error', reject)
        .end()
    },
  )
}
const PAGE = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

describe('the dashboard', () => {
  it('is served at /, and asked for anew each time', async () => {
    const { status, headers, body } = await get('/')
    expect(status).toBe(200)
    expect(headers['content-type']).toMatch(/^text\/html/)
    expect(headers['cache-control']).toBe('no-cache')
    expect(body.toString()).toContain('the dashboard')
    const again = await get('/', { 'if-none-match': headers.etag })
    expect(again.status).toBe(304)
  })

  it('answers all its own paths with its one page', async () => {
    for (const target of ['/devices', '/devices/sensor.1', '/setup', '/devices/a%2Fb?tab=table']) {
      const { status, body } = await get(target, PAGE)
      expect(status).toBe(200)
      expect(body.toString()).toContain('the dashboard')
    }
    expect((await get('/devices', { accept: '*/*' })).status).toBe(200)
    expect((await get('/devices', PAGE, 'HEAD')).status).toBe(200)
  })

  it.each(['/api/nothing', '/api', '/socket.io/', '/socket.io/?EIO=4', '/assets/gone-12345678.js'])(
    'never answers %s with its page',
    async (target) => {
      const { status, headers } = await get(target, PAGE)
      expect(status).toBe(404)
      expect(headers['content-type']).toMatch(/problem\+json/)
    },
  )

  it('tells a missing picture from a page', async () => {
    expect((await get('/gone.png', { accept: 'image/avif,*/*' })).status).toBe(404)
    expect((await get('/', {}, 'POST')).status).toBe(404)
  })

  it('serves hashed files for ever, in the encoding that the browser takes', async () => {
    for (const [accepted, encoding, size] of [
      ['br, gzip', 'br', brotliCompressSync(SCRIPT).length],
      ['gzip', 'gzip', gzipSync(SCRIPT).length],
      ['identity', undefined, SCRIPT.length],
    ] as const) {
      const { status, headers, body } = await get(HASHED, { 'accept-encoding': accepted })
      expect(status).toBe(200)
      expect(headers['content-encoding']).toBe(encoding)
      expect(headers['content-type']).toMatch(/javascript/)
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
      expect(headers.vary?.toLowerCase()).toContain('accept-encoding')
      expect(body.length).toBe(size)
    }
    expect((await get('/favicon.svg')).headers['cache-control']).toBe('public, max-age=3600')
  })

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/../../secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//secret.txt',
    '/.env',
    '/%2eenv',
    '/link.txt',
    '/index.html%00.png',
    `${HASHED}.br`,
  ])('gives nothing away at %s', async (target) => {
    const { status, body } = await get(target)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(body.toString()).not.toBe('secret')
  })

  it('is told where to find everything', async () => {
    const { body } = await gateway.ask('GET', '/config.json')
    expect(body).toEqual({
      socketUrl: '',
      socketPath: '/socket.io',
      apiUrl: '/api',
      version: '0.0.1',
      mqtt: { port: 11_883 },
      demo: false,
    })
  })
})

describe('headers', () => {
  it('let a page load from its own origin alone, with sockets to the same host', async () => {
    const { headers } = await get('/', { host: '192.168.1.5:8080' })
    const policy = headers['content-security-policy'] as string
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("style-src 'self';")
    expect(policy).toContain("connect-src 'self' ws://192.168.1.5:8080 wss://192.168.1.5:8080;")
    expect(policy).not.toMatch(/unsafe|upgrade-insecure-requests/)
    expect(headers['strict-transport-security']).toBeUndefined()
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['x-powered-by']).toBeUndefined()
  })

  it('put nothing of a made-up host into the policy', async () => {
    const { headers } = await get('/', { host: "x; script-src 'unsafe-inline'" })
    expect(headers['content-security-policy'] ?? '').not.toContain('unsafe')
  })

  it('let the listed origins use the API, and no other', async () => {
    for (const origin of ['https://other.example', 'http://localhost:5173']) {
      const { headers } = await get('/api/setup', { origin })
      expect(headers['access-control-allow-origin']).toBe(origin)
      expect(headers['access-control-allow-credentials']).toBe('true')
      const preflight = await get(
        '/api/devices',
        {
          origin,
          'access-control-request-method': 'PATCH',
          'access-control-request-headers': 'authorization',
        },
        'OPTIONS',
      )
      expect(preflight.status).toBe(204)
      expect(preflight.headers['access-control-allow-methods']).toContain('PATCH')
      expect(preflight.headers['access-control-allow-headers']).toContain('authorization')
      expect(preflight.headers['access-control-allow-headers']).toContain('idempotency-key')
    }
    const { headers } = await get('/api/setup', { origin: 'https://evil.example' })
    expect(headers['access-control-allow-origin']).toBeUndefined()
    expect((await get('/api/devices', {}, 'OPTIONS')).status).toBeLessThan(500)
  })

  it('allow a listed origin to read errors, too', async () => {
    const { status, headers } = await get('/api/devices', { origin: 'https://other.example' })
    expect(status).toBe(401)
    expect(headers['access-control-allow-origin']).toBe('https://other.example')
  })
})

describe('probes', () => {
  it.each(['/livez', '/readyz', '/health', '/metrics'])(
    'are answered at %s without a login',
    async (target) => {
      expect((await get(target)).status).toBe(200)
      expect((await get(target, {}, 'HEAD')).status).toBe(200)
    },
  )
})
