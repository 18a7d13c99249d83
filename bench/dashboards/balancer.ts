import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from '@iot/testkit'

const run = promisify(execFile)
const IMAGE = 'haproxy:3.0'

/** HAProxy in a container of its own, in this machine's network, before the replicas of both sides. */
export interface Balancer {
  /** its main process */
  readonly pid: number
  stop(): Promise<void>
}

/** `sides`: where it listens for each name, and the replicas behind that. Resolves when it does. */
export async function startBalancer(
  sides: Readonly<Record<string, { port: number; replicas: readonly number[] }>>,
): Promise<Balancer> {
  const folder = mkdtempSync(join(tmpdir(), 'iot-bench-'))
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(file, configuration(sides), { mode: 0o644 })
  const { stdout } = await run('docker', [
    ...['run', '--detach', '--rm', '--network', 'host', '--volume', `${file}:/tmp/haproxy.cfg:ro`],
    ...[IMAGE, 'haproxy', '-W', '-db', '-f', '/tmp/haproxy.cfg'],
  ])
  const id = stdout.trim()
  for (const { port } of Object.values(sides)) await until('HAProxy listens', () => isOpen(port))
  const { stdout: pid } = await run('docker', ['inspect', '--format', '{{.State.Pid}}', id])
  return {
    pid: Number(pid),
    async stop() {
      await run('docker', ['kill', id])
      rmSync(folder, { recursive: true })
    },
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** Of the fleet's own configuration, what each connection goes through. */
function configuration(sides: Parameters<typeof startBalancer>[0]): string {
  const parts = Object.entries(sides).map(
    ([name, { port, replicas }]) => `
frontend ${name}_front
    bind 127.0.0.1:${port}
    default_backend ${name}
backend ${name}
    balance leastconn
${replicas.map((replica, n) => `    server replica${n} 127.0.0.1:${replica}`).join('\n')}
`,
  )
  return `defaults
    mode http
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout tunnel 75s
${parts.join('')}`
}
