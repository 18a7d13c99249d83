import { until } from '@iot/testkit'
import { type Api, logIn, readAll } from '../../harness/api.js'
import { say } from '../../harness/say.js'
import { type Publisher, startPublisher } from '../../ledger/start-publisher.js'
import { type Fault, inflict } from './faults.js'
import type { Stack } from './stack.js'
import { startWatcher, type Watcher } from './watcher.js'

/** What one fault did, as the clients saw it. */
export interface FaultReport extends Fault {
  /** from the container's return until every client has seen a newer reading of every device, ms */
  readonly liveAgainMs: number
  /** reconnects of all clients together */
  readonly returns: number
}

export interface LedgerRunOptions {
  /** for each of the two doors */
  readonly devices: number
  /** begins the names of the devices, so that runs on one stack don't meet */
  readonly prefix: string
  /** readings per second, at each of the two doors */
  readonly rate: number
  readonly watchers: number
}

export interface LedgerRun {
  readonly watchers: readonly Watcher[]
  /** Breaks one container and waits until every client sees new readings again. */
  fault(fault: Fault): Promise<FaultReport>
  /** Ends the publishers and compares everything; resolves with what differs. */
  finish(): Promise<LedgerVerdict>
  close(): void
}

export interface LedgerVerdict {
  /** acknowledged by the durable listener, and by Mosquitto */
  readonly acknowledged: { readonly listener: number; readonly broker: number }
  /** acknowledged and not stored: by which door */
  readonly lost: { readonly listener: readonly string[]; readonly broker: readonly string[] }
  readonly storedTwice: readonly string[]
  /** per client: stored and not seen, seen more than once, and what it was told about gaps */
  readonly clients: readonly {
    readonly name: string
    readonly missed: number
    readonly twice: number
    readonly gaps: readonly string[]
  }[]
}

/** Live must be back after a fault within so many ms, or the run fails as a whole. */
const LIVE_AGAIN_LIMIT_MS = 150_000
/** After this long it is told who waits, and for which devices. */
const TELL_AFTER_MS = 15_000
const STORED_LIMIT_MS = 180_000
/** Tokens live for 15 minutes. */
const TOKEN_MS = 600_000

/**
 * Devices at both MQTT doors whose acknowledgements are kept outside, and clients of every kind at the front door.
 * Resolves when all of them are at work.
 */
export async function startLedgerRun(stack: Stack, options: LedgerRunOptions): Promise<LedgerRun> {
  const token = keepSignedIn(stack)
  const publish = (prefix: string, mqttUrl: string) =>
    startPublisher(
      { mqttUrl },
      {
        prefix: `${options.prefix}-${prefix}`,
        devices: options.devices,
        rate: options.rate,
        maxOpen: options.rate * 4,
      },
    )
  const watchers = await Promise.all(
    Array.from({ length: options.watchers }, (_, n) =>
      startWatcher({ name: `client-${n}`, url: stack.url, token, transport: transportOf(n) }),
    ),
  )
  const doors = {
    listener: await publish('listener', stack.mqttUrl),
    broker: await publish('broker', stack.brokerUrl),
  }
  await allSeeMore(watchers, performance.now())

  return {
    watchers,
    async fault(fault) {
      const before = returnsOf(watchers)
      await inflict(stack, fault)
      const backAtMs = performance.now()
      await allSeeMore(watchers, backAtMs)
      return {
        ...fault,
        liveAgainMs: Math.round(performance.now() - backAtMs),
        returns: returnsOf(watchers) - before,
      }
    },
    finish: () => finish(stack, doors, watchers),
    close() {
      for (const watcher of watchers) watcher.close()
      for (const publisher of Object.values(doors)) publisher.kill()
    },
  }
}

/** A token that is not about to end; for clients that come back at any time. */
function keepSignedIn(stack: Stack): () => Promise<string> {
  let signedIn = { api: logIn(stack), atMs: performance.now() }
  return async () => {
    if (performance.now() - signedIn.atMs > TOKEN_MS)
      signedIn = { api: logIn(stack), atMs: performance.now() }
    return (await signedIn.api).token
  }
}

/** More of them would keep the machine busy with HTTP alone: each event is a request of each. */
const MIXED = 40

/** Of eight clients, five by WebSocket, two that begin with polling and upgrade, and one that polls on; beyond, WebSocket. */
function transportOf(n: number): 'websocket' | 'upgrade' | 'polling' {
  if (n >= MIXED) return 'websocket'
  if (n % 8 === 7) return 'polling'
  return n % 8 >= 5 ? 'upgrade' : 'websocket'
}

function returnsOf(watchers: readonly Watcher[]): number {
  return watchers.reduce((sum, { returns }) => sum + returns, 0)
}

/** Whoever's devices, whichever partition they lie in. */
async function allSeeMore(watchers: readonly Watcher[], sinceMs: number): Promise<void> {
  const isBlind = (one: Watcher) => one.seen.size === 0 || one.silentSince(sinceMs).length > 0
  const telling = setTimeout(() => {
    const blind = watchers.filter(isBlind)
    const silent = new Set(blind.flatMap((one) => one.silentSince(sinceMs)))
    say(`${blind.map(({ name }) => name).join(' ')} still wait for ${[...silent].join(' ')}`)
  }, TELL_AFTER_MS)
  await until('every client sees new readings of every device', () => !watchers.some(isBlind), {
    withinMs: LIVE_AGAIN_LIMIT_MS,
    everyMs: 20,
  }).finally(() => clearTimeout(telling))
}

async function finish(
  stack: Stack,
  doors: { listener: Publisher; broker: Publisher },
  watchers: readonly Watcher[],
): Promise<LedgerVerdict> {
  // A token lives 15 minutes; a long run needs a new one.
  const api = await logIn(stack)
  const ledgers = { listener: await doors.listener.finish(), broker: await doors.broker.finish() }
  const stored = new Map<string, number>()
  await until(
    'everything acknowledged by the listener is stored, and no more comes',
    async () => {
      const before = stored.size
      for (const publisher of Object.values(doors)) await readStored(api, publisher, stored)
      return stored.size === before && ledgers.listener.every((line) => stored.has(line))
    },
    { withinMs: STORED_LIMIT_MS, everyMs: 2_000 },
  ).catch(() => {})
  await until(
    'every client has seen what is stored',
    () => watchers.every(({ seen }) => [...stored.keys()].every((line) => seen.has(line))),
    { withinMs: 30_000, everyMs: 500 },
  ).catch(() => {})
  const lost = (ledger: readonly string[]) => ledger.filter((line) => !stored.has(line))
  return {
    acknowledged: { listener: ledgers.listener.length, broker: ledgers.broker.length },
    lost: { listener: lost(ledgers.listener), broker: lost(ledgers.broker) },
    storedTwice: [...stored].filter(([, times]) => times > 1).map(([line]) => line),
    clients: watchers.map(({ name, seen, gaps }) => ({
      name,
      missed: [...stored.keys()].filter((line) => !seen.has(line)).length,
      twice: [...seen.values()].filter((times) => times > 1).length,
      gaps,
    })),
  }
}

/** Counts how often each reading is stored, anew. */
async function readStored(api: Api, publisher: Publisher, stored: Map<string, number>): Promise<void> {
  const range = { fromMs: publisher.fromMs, toMs: Date.now() + 3_600_000 }
  for (const deviceId of publisher.deviceIds) {
    const counted = new Map<string, number>()
    for (const { sensorType, timestamp, value } of await readAll(api, deviceId, range)) {
      const line = `${deviceId} ${sensorType} ${timestamp} ${value}`
      counted.set(line, (counted.get(line) ?? 0) + 1)
    }
    for (const [line, times] of counted) stored.set(line, times)
  }
}
