import { execFile } from 'node:child_process'
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as streamText } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { docker } from './harness/docker.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const HAPROXY = 'haproxy:3.0'
const PROMETHEUS = 'prom/prometheus:v2.53.3'

/** Asks this machine's port as if it were the host; status line, headers and body as one text. */
function ask(host: string, port: number, path: string, scheme: 'http' | 'https' = 'https'): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      ...{ host: '127.0.0.1', port, path, servername: host, rejectUnauthorized: false, timeout: 5_000 },
      headers: { host: `${host}:${port}`, connection: 'close' },
    }
    const request = (scheme === 'https' ? https : http).get(options, async (response) => {
      const headers = Object.entries(response.headers).map(([name, value]) => `${name}: ${value}\n`)
      resolve(`${response.statusCode}\n${headers.join('')}\n${await streamText(response)}`)
    })
    request.on('error', reject)
    request.on('timeout', () => request.destroy(new Error('no answer within 5 s')))
  })
}

/** What runs in a container with the project's folders mounted as the compose file does; everything that it prints. */
async function inContainer(
  image: string,
  mounts: Record<string, string>,
  command: readonly string[],
): Promise<string> {
  const volumes = Object.entries(mounts).flatMap(([from, to]) => ['--volume', `${from}:${to}:ro`])
  const [entry = '', ...rest] = command
  return docker(['run', '--rm', '--network', 'none', ...volumes, '--entrypoint', entry, image, ...rest])
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iot-configuration-'))
  // The containers' users are others.
  await chmod(folder, 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function makeCertificate(file: string): Promise<void> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  await promisify(execFile)('openssl', [
    ...[
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=dashboard.iot-monitoring.com',
    ],
    ...['-keyout', key, '-out', certificate],
  ])
  await writeFile(file, (await readFile(certificate, 'utf8')) + (await readFile(key, 'utf8')))
  await chmod(file, 0o644)
}

describe('the configuration, read by the servers themselves', () => {
  it('HAProxy takes it without a certificate, and with one', async () => {
    const copy = join(folder, 'haproxy')
    await cp(join(ROOT, 'haproxy'), copy, { recursive: true })
    const check = () =>
      inContainer(HAPROXY, { [copy]: '/usr/local/etc/haproxy' }, [
        'sh',
        '-c',
        'sh /usr/local/etc/haproxy/start.sh -c 2>&1',
      ])
    // Nothing to tell: no warning either.
    expect(await check()).toBe('')
    await makeCertificate(join(copy, 'certs/test.pem'))
    expect(await check()).toBe('')
    await writeFile(join(copy, 'certs/broken.pem'), 'no certificate')
    await expect(check()).rejects.toThrow(/broken\.pem/)
  })

  it('HAProxy serves TLS for the two hosts, sends 80 there, and knows no other', async () => {
    const copy = join(folder, 'haproxy-tls')
    await cp(join(ROOT, 'haproxy'), copy, { recursive: true })
    await makeCertificate(join(copy, 'certs/test.pem'))
    const id = (
      await docker([
        ...['run', '--detach', '--read-only', '--tmpfs', '/tmp:mode=1777', '--cap-drop', 'ALL'],
        ...['--publish', '127.0.0.1::8443', '--publish', '127.0.0.1::8081', '--publish', '127.0.0.1::8404'],
        ...[
          '--volume',
          `${copy}:/usr/local/etc/haproxy:ro`,
          HAPROXY,
          'sh',
          '/usr/local/etc/haproxy/start.sh',
        ],
      ])
    ).trim()
    try {
      const portOf = async (inside: number) =>
        Number(/:(\d+)/.exec(await docker(['port', id, String(inside)]))?.[1])
      const [tls, plain, stats] = [await portOf(8443), await portOf(8081), await portOf(8404)]
      const up = () => ask('dashboard.iot-monitoring.com', tls, '/')
      await until('HAProxy answers', async () => (await up().catch(() => '')) !== '', { withinMs: 20_000 })

      // No server is behind it here: who gets so far was let in.
      expect(await up()).toMatch(/^503\n[\s\S]*retry-after: 5[\s\S]*strict-transport-security:/i)
      expect(await ask('ws.iot-monitoring.com', tls, '/socket.io/?EIO=4')).toMatch(/^503\n/)
      expect(await ask('ws.iot-monitoring.com', tls, '/')).toMatch(/^404\n/)
      expect(await ask('elsewhere.example', tls, '/')).toMatch(/^421\n/)
      expect(await ask('dashboard.iot-monitoring.com', plain, '/devices?q=1', 'http')).toMatch(
        /^308\n[\s\S]*location: https:\/\/dashboard\.iot-monitoring\.com\/devices\?q=1\n/i,
      )
      expect(await ask('elsewhere.example', plain, '/', 'http')).toMatch(/^421\n/)

      // What Grafana and the alerts ask HAProxy for.
      const figures = await ask('localhost', stats, '/metrics', 'http')
      for (const name of [
        'haproxy_backend_active_servers{proxy="sockets"',
        'haproxy_backend_current_sessions{proxy="bridges"',
        'haproxy_backend_connection_errors_total{proxy="gateways"',
        'haproxy_frontend_http_responses_total{proxy="front",code="5xx"',
      ]) {
        expect(figures).toContain(name)
      }
    } finally {
      await docker(['rm', '--force', id])
    }
  })

  it('Prometheus takes its file, and the alerts fire when they should', async () => {
    const mounts = { [join(ROOT, 'config/prometheus')]: '/etc/prometheus' }
    const tool = (...args: string[]) => inContainer(PROMETHEUS, mounts, ['promtool', ...args])
    expect(await tool('check', 'config', '/etc/prometheus/prometheus.yml')).toContain('is valid')
    expect(await tool('test', 'rules', '/etc/prometheus/alerts.test.yml')).toContain('SUCCESS')
  })

  it('nginx takes the dashboard’s', async () => {
    const mounts = { [join(ROOT, 'dashboard/nginx.conf')]: '/etc/nginx/nginx.conf' }
    await expect(inContainer('nginx:stable', mounts, ['nginx', '-t', '-q'])).resolves.toBe('')
  })

  it('Docker Compose takes the file, with every profile', async () => {
    const listed = await docker(['compose', '--profile', '*', 'config', '--services'], { cwd: ROOT })
    expect(listed.split('\n')).toEqual(
      expect.arrayContaining(['haproxy', 'prometheus', 'grafana', 'simulator']),
    )
  })
})
