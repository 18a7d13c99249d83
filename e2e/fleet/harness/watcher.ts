import type { Positions, Reading } from '@iot/contracts'
import { io, type Socket } from 'socket.io-client'

/** What one client saw: every reading by its own name, and how often. */
export interface Watcher {
  readonly name: string
  /** `deviceId sensorType timestamp value` → times seen */
  readonly seen: ReadonlyMap<string, number>
  /** Answers to a return that gave nothing of what was missed, and `resync` events. */
  readonly gaps: readonly string[]
  readonly returns: number
  /** How far the log has come, by what was seen: records over all partitions. */
  records(): number
  /** Devices that were heard of before, and not since this moment of performance.now(). */
  silentSince(ms: number): string[]
  close(): void
}

type Event = Reading & { position: { partition: number; offset: number; index?: number } }
type Answer = { ok: boolean; code?: string; message?: string; recovered?: boolean; positions?: Positions }

/** A subscribe that was refused for a moment is tried again so often. */
const TRIES = 10
const PAUSE_MS = 500
/** Hundreds come at once. */
const WELCOME_MS = 90_000
/** An answer comes after all that was missed. */
const ANSWER_MS = 60_000

/**
 * A stock client that watches every device by single events, and does by hand what the contract says about coming
 * back: it keeps the position of what it saw, and subscribes again with it after each reconnect. Resolves when it
 * is subscribed.
 */
export async function startWatcher(options: {
  name: string
  url: string
  token: () => Promise<string>
  transport: 'websocket' | 'polling' | 'upgrade'
}): Promise<Watcher> {
  const seen = new Map<string, number>()
  const gaps: string[] = []
  let positions: Positions | undefined
  const lastAtMs = new Map<string, number>()
  let returns = -1
  const socket = io(options.url, {
    auth: (answer) => {
      options.token().then(
        (token) => answer({ token }),
        (error: Error) => {
          gaps.push(`no token: ${error.message}`)
          answer({})
        },
      )
    },
    transports: options.transport === 'upgrade' ? ['polling', 'websocket'] : [options.transport],
    forceNew: true,
    reconnectionDelay: 200,
    reconnectionDelayMax: 2_000,
  })

  socket.on('sensor:all', (event: Event) => {
    const line = `${event.deviceId} ${event.sensorType} ${event.timestamp} ${event.value}`
    seen.set(line, (seen.get(line) ?? 0) + 1)
    lastAtMs.set(event.deviceId, performance.now())
    const { partition, offset, index } = event.position
    if (positions) positions.readings[partition] = index === undefined ? offset : [offset, index]
  })
  socket.on('positions', (body: Positions) => {
    positions = body
  })
  socket.on('resync', () => gaps.push(`resync at ${new Date().toISOString()}`))

  /** In the callback itself: events that follow the answer are handled before an `await` of it returns. */
  function onAnswer(answer: Answer, since: Positions | undefined): void {
    if (!answer.ok) gaps.push(`not subscribed: ${answer.code} ${answer.message}`)
    else if (since && !answer.recovered) gaps.push(`not recovered from ${JSON.stringify(since)}`)
    if (answer.positions) positions = answer.positions
  }

  async function subscribe(): Promise<void> {
    returns += 1
    const since = positions
    await ask(socket, { names: ['sensor:all'], ...(since && { since }) }, (answer) => onAnswer(answer, since))
  }

  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${options.name} was not welcomed`)), WELCOME_MS)
    socket.on('welcome', () => {
      subscribe().then(
        () => {
          clearTimeout(late)
          resolve()
        },
        (error: Error) => gaps.push(error.message),
      )
    })
  })
  return {
    name: options.name,
    seen,
    gaps,
    get returns() {
      return returns
    },
    records: () =>
      Object.values(positions?.readings ?? {}).reduce<number>(
        (sum, place) => sum + (typeof place === 'number' ? place : place[0]) + 1,
        0,
      ),
    silentSince: (ms) => [...lastAtMs].filter(([, atMs]) => atMs <= ms).map(([deviceId]) => deviceId),
    close: () => void socket.disconnect(),
  }
}

/** While a snapshot can't be had for a moment, the answer says so and the client asks again. */
async function ask(socket: Socket, options: object, take: (answer: Answer) => void): Promise<void> {
  for (let tries = 1; ; tries++) {
    const isDone = await new Promise<boolean>((resolve) => {
      socket
        .timeout(ANSWER_MS)
        .emit('subscribe-all-devices', options, (error: Error | null, answer: Answer) => {
          const isLast = error !== null || answer.ok || tries === TRIES
          if (error === null && isLast) take(answer)
          // The next connection asks anew.
          else if (error !== null && socket.connected) take({ ok: false, message: error.message })
          resolve(isLast)
        })
    })
    if (isDone || !socket.connected) return
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
