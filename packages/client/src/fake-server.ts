import type { Reading } from '@iot/contracts'
import type {
  AlertsAnswer,
  CallAnswer,
  LiveSocketEvents,
  OnAnswer,
  OpenSocket,
  SubscribeAnswer,
} from './live-socket.js'
import type { Timers } from './timers.js'

/** Timers that stand until they are turned; what is due runs in the order of its time. */
export class FakeTimers implements Timers {
  #nowMs = 1_000_000
  #due: { atMs: number; run: () => void }[] = []

  nowMs(): number {
    return this.#nowMs
  }

  after(ms: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, run }
    this.#due.push(timer)
    return () => {
      this.#due = this.#due.filter((each) => each !== timer)
    }
  }

  /** Lets promises settle before, between and after what becomes due. */
  async turn(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    await settle()
    for (;;) {
      const next = this.#due
        .filter(({ atMs }) => atMs <= untilMs)
        .sort((one, other) => one.atMs - other.atMs)[0]
      if (next === undefined) break
      this.#due = this.#due.filter((each) => each !== next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.run()
      await settle()
    }
    this.#nowMs = untilMs
  }
}

/** Promises chained a few deep are through after this. */
export async function settle(): Promise<void> {
  for (let step = 0; step < 12; step += 1) await Promise.resolve()
}

export interface FakeAttempt {
  token: string | undefined
  events: LiveSocketEvents
  asked: string[]
  closed: boolean
}

/** A server seen from the client: each attempt is recorded, and answered as `answer` says. */
export function createFakeServer(): {
  attempts: FakeAttempt[]
  openSocket: OpenSocket
  answer: (event: string) => SubscribeAnswer | Promise<SubscribeAnswer>
  answerAlerts: (options: string) => AlertsAnswer
  answerCall: (event: string) => CallAnswer
} {
  const server = {
    attempts: [] as FakeAttempt[],
    answer: (_event: string): SubscribeAnswer | Promise<SubscribeAnswer> => answered([]),
    answerAlerts: (_options: string): AlertsAnswer => ({
      ok: true,
      alerts: [],
      positions: { epoch: 'e', readings: {}, status: {} },
      recovered: false,
    }),
    answerCall: (_event: string): CallAnswer => ({ ok: true }),
    openSocket: ((token, events) => {
      const attempt: FakeAttempt = { token, events, asked: [], closed: false }
      server.attempts.push(attempt)
      const ask = (event: string, onAnswer: OnAnswer) => {
        attempt.asked.push(event)
        void Promise.resolve(server.answer(event)).then(onAnswer)
      }
      return {
        subscribeAll: (options, onAnswer) => ask(`all ${JSON.stringify(options)}`, onAnswer),
        subscribeDevice: (deviceId, options, onAnswer) =>
          ask(`device ${deviceId} ${JSON.stringify(options)}`, onAnswer),
        subscribeAlerts: (options, onAnswer) => {
          const text = JSON.stringify(options)
          attempt.asked.push(`alerts ${text}`)
          void Promise.resolve(server.answerAlerts(text)).then(onAnswer)
        },
        unsubscribeAlerts: () => void attempt.asked.push('unsubscribe alerts'),
        unsubscribeAll: () => void attempt.asked.push('unsubscribe all'),
        unsubscribeDevice: (deviceId) => void attempt.asked.push(`unsubscribe ${deviceId}`),
        call: (event, args, onAnswer) => {
          attempt.asked.push(`${event} ${JSON.stringify(args)}`)
          void Promise.resolve(server.answerCall(event)).then(onAnswer)
        },
        measureClock: () => attempt.asked.push('ping'),
        close: () => {
          attempt.closed = true
        },
      }
    }) as OpenSocket,
  }
  return server
}

export function answered(latest: Reading[]): SubscribeAnswer {
  return {
    ok: true,
    latest,
    status: [],
    positions: { epoch: 'e', readings: {}, status: {} },
    recovered: false,
  }
}

export function aReading(deviceId: string, value = 1): Reading {
  return {
    deviceId,
    sensorType: 'temperature',
    value,
    timestamp: '2026-01-01T00:00:00.000Z',
    status: 'normal',
  }
}
