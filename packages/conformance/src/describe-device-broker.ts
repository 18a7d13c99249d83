import type { BrokerMessage, DeviceBroker } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'

/** A broker that runs, and how its readers are made. */
export interface BrokerUnderTest {
  /** A reader of `t/#` whose session has this name. */
  createReader(session: string, bounds: { maxInFlight: number }): DeviceBroker
  /** Resolves when the broker has acknowledged it. */
  publish(message: {
    topic: string
    payload: string | Uint8Array
    qos: 0 | 1 | 2
    retain?: boolean
  }): Promise<void>
  /** Longer than this a silent reader is not kept, ms. */
  readonly patienceMs: number
  /** The broker stops as it should, which keeps all it has. */
  halt(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

interface OpenMessage extends BrokerMessage {
  readonly text: string
  accept(): void
  reject(): void
}

/** What every reader of a broker promises, see the port. `start` starts an empty broker. */
export function describeDeviceBroker(name: string, start: () => Promise<BrokerUnderTest>): void {
  describe(`${name} as a device broker`, () => {
    let broker: BrokerUnderTest
    let sessions = 0
    const readers: DeviceBroker[] = []

    beforeAll(async () => {
      broker = await start()
    })
    afterAll(() => broker.stop())
    afterEach(async () => {
      for (const reader of readers.splice(0)) await reader.close(0)
    })

    function createReader(more: { session?: string; maxInFlight?: number } = {}) {
      sessions += 1
      const session = more.session ?? `session-${sessions}`
      const messages: OpenMessage[] = []
      const reader = broker.createReader(session, { maxInFlight: more.maxInFlight ?? 64 })
      readers.push(reader)
      const open = () =>
        reader.open(
          (message) =>
            new Promise((accept, fail) => {
              const text = new TextDecoder().decode(message.payload)
              messages.push({ ...message, text, accept, reject: () => fail(new Error('not now')) })
            }),
        )
      const texts = () => messages.map((message) => message.text)
      return { session, reader, messages, texts, open }
    }

    async function openReader(more: Parameters<typeof createReader>[0] = {}) {
      const made = createReader(more)
      await made.open()
      await until('it reads', () => made.reader.connected())
      return made
    }

    async function publish(from: number, to: number): Promise<string[]> {
      const texts = Array.from({ length: to - from }, (_, n) => `${from + n}`)
      await Promise.all(texts.map((payload) => broker.publish({ topic: 't/x', payload, qos: 1 })))
      return texts
    }

    /** What a reader of the same session is handed after this one has left without a word. */
    async function readAgain(
      from: { session: string; reader: DeviceBroker },
      last: string,
    ): Promise<string[]> {
      await from.reader.close(0)
      const next = await openReader({ session: from.session })
      await until(`${last} came`, () => next.texts().includes(last))
      return next.texts()
    }

    it('hands over many at once, in order, and says when they came', async () => {
      const { messages, texts, reader } = await openReader()
      const before = Date.now()
      const sent = await publish(0, 40)
      await until('all are open at once', () => messages.length === 40)
      expect(texts()).toEqual(sent)
      expect(reader.inFlight()).toBe(40)
      for (const message of messages) {
        expect(message.topic).toBe('t/x')
        expect(Math.abs(message.receivedAtMs - before)).toBeLessThan(60_000)
        message.accept()
      }
      await until('none is in flight', () => reader.inFlight() === 0)
    })

    it('acknowledges nothing behind a message that is still open', async () => {
      const first = await openReader()
      const sent = await publish(0, 40)
      await until('all came', () => first.messages.length === 40)
      for (const message of first.messages.slice(1)) message.accept()
      expect(await readAgain(first, '39')).toEqual(sent)
    })

    it('never hands over again what was acknowledged', async () => {
      const first = await openReader()
      await publish(0, 10)
      await until('all came', () => first.messages.length === 10)
      for (const message of first.messages.slice(0, 6)) message.accept()
      await until('six are acknowledged', () => first.reader.inFlight() === 4)
      expect(await readAgain(first, '9')).toEqual(['6', '7', '8', '9'])
    })

    it('takes no more than may be in flight, and loses none of the rest', async () => {
      const { messages, texts, reader } = await openReader({ maxInFlight: 4 })
      const sent = await publish(0, 50)
      for (let taken = 0; taken < 50; taken++) {
        await until('the next came', () => messages.length > taken)
        expect(reader.inFlight()).toBeLessThanOrEqual(4)
        messages[taken]!.accept()
      }
      expect(texts()).toEqual(sent)
    })

    it('keeps its connection while it takes nothing for long', async () => {
      const { messages, texts, reader } = await openReader({ maxInFlight: 4 })
      const sent = await publish(0, 20)
      const since = performance.now()
      await until(
        'the broker would have lost patience',
        () => performance.now() - since > 2 * broker.patienceMs,
      )
      expect(texts()).toEqual(['0', '1', '2', '3'])
      for (let taken = 0; taken < 20; taken++) {
        await until('the next came', () => messages.length > taken)
        messages[taken]!.accept()
      }
      expect(texts()).toEqual(sent)
      expect(reader.connected()).toBe(true)
    })

    it('is sent again what was rejected and all behind it, and nothing before it', async () => {
      const { messages, texts } = await openReader()
      await publish(0, 5)
      await until('all came', () => messages.length === 5)
      for (const at of [0, 1, 3, 4]) messages[at]!.accept()
      messages[2]!.reject()
      await until('three came again', () => messages.length === 8)
      expect(texts().slice(5)).toEqual(['2', '3', '4'])
    })

    it('never acknowledges a message on another connection than the one it came on', async () => {
      const first = await openReader()
      await publish(0, 1)
      await until('it came', () => first.messages.length === 1)
      await broker.halt()
      await broker.restart()
      await until('it came again', () => first.messages.length === 2)
      first.messages[0]!.accept()
      await until('one is in flight', () => first.reader.inFlight() === 1)
      expect(await readAgain(first, '0')).toEqual(['0'])
    })

    it('is handed over what came while nobody read, in order', async () => {
      const first = await openReader()
      await first.reader.close(0)
      const sent = await publish(0, 200)
      const next = await openReader({ session: first.session, maxInFlight: 16 })
      for (let taken = 0; taken < 200; taken++) {
        await until('the next came', () => next.messages.length > taken)
        next.messages[taken]!.accept()
      }
      expect(next.texts()).toEqual(sent)
    })

    it('opens while the broker is away, and reads when it is back', async () => {
      await broker.halt()
      const { reader, messages, texts, open } = createReader()
      await open()
      await expect(open()).rejects.toThrow('open already')
      expect(reader.connected()).toBe(false)
      await broker.restart()
      await until('it reads', () => reader.connected())
      await publish(0, 1)
      await until('it came', () => messages.length === 1)
      expect(texts()).toEqual(['0'])
    })

    it('acknowledges what is settled while it closes, and may be opened again', async () => {
      const { reader, messages, texts, open } = await openReader()
      await publish(0, 2)
      await until('both came', () => messages.length === 2)
      const closed = reader.close(10_000)
      for (const message of messages) message.accept()
      await closed
      expect(reader.connected()).toBe(false)
      await publish(2, 3)
      await open()
      await until('the third came', () => messages.length === 3)
      expect(texts()).toEqual(['0', '1', '2'])
    })

    it('closes in its time when a message is never settled', async () => {
      const { reader, messages } = await openReader()
      await publish(0, 1)
      await until('it came', () => messages.length === 1)
      const begun = performance.now()
      await reader.close(50)
      expect(performance.now() - begun).toBeLessThan(5_000)
    })

    it('hands over every quality of service, and large messages whole', async () => {
      const { messages } = await openReader()
      const payload = new Uint8Array(400_000).map((_, at) => at % 251)
      for (const qos of [0, 1, 2] as const) await broker.publish({ topic: `t/${qos}`, payload, qos })
      await until('all came', () => messages.length === 3)
      for (const [qos, message] of messages.entries()) {
        expect(message.topic).toBe(`t/${qos}`)
        expect(Buffer.compare(message.payload, payload)).toBe(0)
        message.accept()
      }
    })

    it('is shown what is retained once, not at each return', async () => {
      await broker.publish({ topic: 't/kept', payload: 'kept', qos: 1, retain: true })
      const first = await openReader()
      await until('it came', () => first.messages.length === 1)
      first.messages[0]!.accept()
      await until('it is acknowledged', () => first.reader.inFlight() === 0)
      await first.reader.close(0)
      const next = await openReader({ session: first.session })
      await publish(0, 1)
      await until('what is new came', () => next.texts().includes('0'))
      expect(next.texts()).toEqual(['0'])
      await broker.publish({ topic: 't/kept', payload: '', qos: 1, retain: true })
    })
  })
}
