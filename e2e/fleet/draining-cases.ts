import { until } from '@iot/testkit'
import { afterAll, expect, it } from '@jest/globals'
import type { Socket } from 'socket.io-client'
import { logIn } from '../harness/api.js'
import { say } from '../harness/say.js'
import { openSocket } from '../harness/sockets.js'
import { docker } from './harness/docker.js'
import { type LedgerRun, startLedgerRun } from './harness/ledger-run.js'
import type { Stack } from './harness/stack.js'

const SERVICES = ['websocket-service', 'websocket-service-replica'] as const
/** Sockets that only stay; those that watch everything are counted event by event. */
const IDLE = 460
const WATCHING = 40
const LIMIT_MS = 600_000

export function drainingCases(under: () => Stack): void {
  let run: LedgerRun | undefined
  const idle: IdleSocket[] = []
  afterAll(() => {
    run?.close()
    for (const { socket } of idle) socket.disconnect()
  })

  it(
    `a rolling restart under ${IDLE + WATCHING} sockets loses nobody an event, and costs each one reconnect per replica at most`,
    async () => {
      const stack = under()
      const { token } = await logIn(stack)
      run = await startLedgerRun(stack, { prefix: 'rolling', devices: 10, rate: 20, watchers: WATCHING })
      await openMany(stack, token, idle)
      const begin = new Date().toISOString()
      for (const service of SERVICES) {
        const [container] = await stack.containers(service)
        // SIGTERM, and the grace period of the compose file.
        await docker(['restart', '--time', '30', container!])
        await stack.healthy()
      }
      await until('everybody is connected', () => idle.every(({ socket }) => socket.connected), {
        withinMs: 60_000,
      })
      const verdict = await run.finish()
      const reconnects = [
        ...idle.map(({ welcomes }) => welcomes - 1),
        ...run.watchers.map(({ returns }) => returns),
      ]
      say(`${reconnects.reduce((sum, one) => sum + one, 0)} reconnects of ${reconnects.length} sockets`)
      // A machine that stood still for as long as a replica is given up after is no fault of the replica's.
      const givenUp = await timesGivenUp(stack, begin)
      if (givenUp.length > 0) say(`the balancer gave up a replica: ${givenUp.join('; ')}`)
      expect(Math.max(...reconnects)).toBeLessThanOrEqual(SERVICES.length + givenUp.length)
      expect(verdict.lost).toEqual({ listener: [], broker: [] })
      expect(verdict.clients.filter(({ missed, twice, gaps }) => missed + twice + gaps.length > 0)).toEqual(
        [],
      )
    },
    LIMIT_MS,
  )
}

interface IdleSocket {
  readonly socket: Socket
  welcomes: number
}

/** In handfuls, as people come; the user's own limit of connections is set higher by the stack. */
async function openMany(stack: Stack, token: string, opened: IdleSocket[]): Promise<void> {
  for (let at = 0; at < IDLE; at += 20) {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => openSocket(stack, token)))
    for (const socket of sockets) {
      const one = { socket, welcomes: 1 }
      socket.on('welcome', () => {
        one.welcomes += 1
      })
      opened.push(one)
    }
  }
}

/** What HAProxy has said since about replicas that ran and did not answer it in time. */
async function timesGivenUp(stack: Stack, since: string): Promise<string[]> {
  const text = await stack.compose(['logs', '--no-color', '--no-log-prefix', '--since', since, 'haproxy'])
  return text.split('\n').filter((line) => /^Server sockets\/\S+ is DOWN, reason: \S+ timeout/.test(line))
}
