import type { DeviceDoor, DeviceIdentity, DeviceMessage, DoorKeeper } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'

/** A device at the door, over whatever protocol the adapter speaks. */
export interface DoorClient {
  /** Sends without waiting; resolves with true when it is acknowledged and with false when the connection ends before. */
  publish(message: { topic: string; payload: string; qos: 0 | 1 | 2 }): Promise<boolean>
  readonly ended: boolean
  /** Ends the connection without a farewell. */
  vanish(): void
}

export interface DeviceDoorHarness {
  create(bounds: { maxInFlight: number }): DeviceDoor
  /** Resolves when the door has let the device in, rejects when it has not. */
  connect(
    door: DeviceDoor,
    device: {
      clientId: string
      username?: string
      password?: string
      will?: { topic: string; payload: string }
    },
  ): Promise<DoorClient>
}

interface OpenMessage extends DeviceMessage {
  accept(): void
  reject(): void
}

/** What every device door promises, see the port. */
export function describeDeviceDoor(name: string, harness: DeviceDoorHarness): void {
  describe(`${name} as a device door`, () => {
    const ended: (() => void | Promise<void>)[] = []

    afterEach(async () => {
      for (const end of ended.splice(0).reverse()) await end()
    })

    async function open(keeper: Partial<DoorKeeper> = {}, maxInFlight = 64) {
      const messages: OpenMessage[] = []
      const door = harness.create({ maxInFlight })
      await door.open({
        authenticate: async ({ username }): Promise<DeviceIdentity | 'refused'> =>
          username === 'stranger' ? 'refused' : { kind: 'device', deviceId: username ?? 'd' },
        mayPublish: (_, topic) => topic !== 'forbidden',
        maySubscribe: () => false,
        accept: (message) =>
          new Promise((resolve, reject) => {
            messages.push({ ...message, accept: resolve, reject: () => reject(new Error('not now')) })
          }),
        ...keeper,
      })
      ended.push(() => door.close(100))
      return { door, messages }
    }

    async function connect(door: DeviceDoor, device: Parameters<DeviceDoorHarness['connect']>[1]) {
      const client = await harness.connect(door, device)
      ended.push(() => client.vanish())
      return client
    }

    it('acknowledges what the keeper has accepted, in order of arrival', async () => {
      const { door, messages } = await open()
      const client = await connect(door, { clientId: 'c' })
      const acknowledged: number[] = []
      for (const n of [0, 1, 2]) {
        const qos = n === 1 ? 2 : 1
        void client
          .publish({ topic: `t/${n}`, payload: `${n}`, qos })
          .then((is) => is && acknowledged.push(n))
      }
      await until('three messages are in', () => messages.length === 3)
      expect(messages.map((message) => message.topic)).toEqual(['t/0', 't/1', 't/2'])
      expect(door.inFlight()).toBe(3)
      messages[2]!.accept()
      messages[1]!.accept()
      const other = await connect(door, { clientId: 'other' })
      const others = other.publish({ topic: 'o', payload: '', qos: 1 })
      await until('the other’s message is in', () => messages.length === 4)
      messages[3]!.accept()
      expect(await others).toBe(true)
      expect(acknowledged).toEqual([])
      messages[0]!.accept()
      await until('all are acknowledged', () => acknowledged.length === 3)
      await until('none is in flight', () => door.inFlight() === 0)
    })

    it('ends the connection without an acknowledgement when the keeper rejects', async () => {
      const { door, messages } = await open()
      const client = await connect(door, { clientId: 'c' })
      const published = client.publish({ topic: 't', payload: 'x', qos: 1 })
      await until('the message is in', () => messages.length === 1)
      messages[0]!.reject()
      expect(await published).toBe(false)
      await until('the connection has ended', () => client.ended)
      await until('none is in flight', () => door.inFlight() === 0)
    })

    it('takes no more of a connection than may be in flight, and loses none of the rest', async () => {
      const { door, messages } = await open({}, 4)
      const client = await connect(door, { clientId: 'c' })
      const published = Array.from({ length: 20 }, (_, n) =>
        client.publish({ topic: 't', payload: `${n}`, qos: 1 }),
      )
      for (let taken = 0; taken < 20; taken++) {
        await until('the next is in', () => messages.length > taken)
        expect(door.inFlight()).toBeLessThanOrEqual(4)
        messages[taken]!.accept()
      }
      expect(await Promise.all(published)).toEqual(Array(20).fill(true))
      const payloads = messages.map((message) => new TextDecoder().decode(message.payload))
      expect(payloads).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`))
    })

    it('tells the keeper who says what', async () => {
      const { door, messages } = await open()
      const client = await connect(door, { clientId: 'c', username: 'pump-1', password: 'p' })
      void client.publish({ topic: 't', payload: 'hello', qos: 0 })
      await until('the message is in', () => messages.length === 1)
      expect(messages[0]).toMatchObject({
        topic: 't',
        clientId: 'c',
        identity: { kind: 'device', deviceId: 'pump-1' },
      })
      expect(new TextDecoder().decode(messages[0]!.payload)).toBe('hello')
      messages[0]!.accept()
    })

    it('lets nobody in whom the keeper refuses or can’t tell', async () => {
      const { door } = await open()
      await expect(connect(door, { clientId: 'c', username: 'stranger', password: 'x' })).rejects.toThrow()
      const { door: lost } = await open({ authenticate: () => Promise.reject(new Error('away')) })
      await expect(connect(lost, { clientId: 'c' })).rejects.toThrow()
    })

    it('ends the connection that publishes where it may not, and no other', async () => {
      const { door, messages } = await open()
      const [bad, good] = [
        await connect(door, { clientId: 'bad' }),
        await connect(door, { clientId: 'good' }),
      ]
      expect(await bad.publish({ topic: 'forbidden', payload: 'x', qos: 1 })).toBe(false)
      const published = good.publish({ topic: 't', payload: 'x', qos: 1 })
      await until('the other’s message is in', () => messages.length === 1)
      messages[0]!.accept()
      expect(await published).toBe(true)
    })

    it('hands the last will of a vanished device to the keeper', async () => {
      const { door, messages } = await open()
      const client = await connect(door, { clientId: 'c', will: { topic: 'w', payload: 'gone' } })
      client.vanish()
      await until('the will is in', () => messages.length === 1)
      expect(messages[0]).toMatchObject({ topic: 'w', clientId: 'c' })
      messages[0]!.accept()
    })

    it('ends the connections that are let in no more, without their last will, and no other', async () => {
      const { door, messages } = await open()
      const will = { topic: 'w', payload: 'gone' }
      const gone = await connect(door, { clientId: 'gone', username: 'pump-1', password: 'p', will })
      const stays = await connect(door, { clientId: 'stays', username: 'pump-2', password: 'p', will })
      const ids = () => door.identities().map((one) => (one.kind === 'anonymous' ? undefined : one.deviceId))
      expect(ids().sort()).toEqual(['pump-1', 'pump-2'])
      expect(door.disconnect((one) => one.kind !== 'anonymous' && one.deviceId === 'pump-1')).toBe(1)
      await until('its connection has ended', () => gone.ended && door.connections() === 1)
      expect(ids()).toEqual(['pump-2'])
      const published = stays.publish({ topic: 't', payload: 'x', qos: 1 })
      await until('the other’s message is in', () => messages.length > 0)
      messages[0]!.accept()
      expect(await published).toBe(true)
      stays.vanish()
      await until('the other’s will is in', () => messages.length > 1)
      messages[1]!.accept()
      expect(messages.map(({ topic, clientId }) => `${clientId} ${topic}`)).toEqual(['stays t', 'stays w'])
    })

    it('closes after what is in flight has been answered', async () => {
      const { door, messages } = await open()
      const client = await connect(door, { clientId: 'c' })
      const published = client.publish({ topic: 't', payload: 'x', qos: 1 })
      await until('the message is in', () => messages.length === 1)
      const closed = door.close(10_000)
      messages[0]!.accept()
      await closed
      expect(await published).toBe(true)
      await until('the connection has ended', () => client.ended)
      expect(door.connections()).toBe(0)
    })

    it('closes in its time when the keeper does not answer', async () => {
      const { door, messages } = await open()
      const client = await connect(door, { clientId: 'c' })
      const published = client.publish({ topic: 't', payload: 'x', qos: 1 })
      await until('the message is in', () => messages.length === 1)
      await door.close(20)
      expect(await published).toBe(false)
    })
  })
}
