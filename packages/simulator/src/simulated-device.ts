import mqtt, { type MqttClient } from 'mqtt'
import type { DeviceModel } from './device-model.js'
import { chance } from './noise.js'
import { messagesAt } from './payload.js'

/** Messages that wait for their PUBACK at once; what is measured beyond is lost, as with a device of little memory. */
const IN_FLIGHT_LIMIT = 20
/** One message in so many is never sent. */
const DROP_SHARE = 0.01
/** A flaky device is away for the end of every such span. */
const FLAKY_SPAN_MS = 300_000
const FLAKY_AWAY_MS = 45_000
const FAREWELL_MS = 500

export interface Broker {
  /** `mqtt://host:port` */
  readonly url: string
  /** With a credential of kind `gateway`: it may name any device on the shared topic, and nothing else. */
  readonly username?: string
  readonly password?: string
  readonly sharedTopic: string
}

export interface DeviceFigures {
  sent: number
  acknowledged: number
  /** measured and never sent: by design, because nothing answered, or without a connection */
  dropped: number
}

/** One device with a connection of its own. */
export class SimulatedDevice {
  readonly #device: DeviceModel
  readonly #seed: number
  readonly #broker: Broker
  readonly #figures: DeviceFigures
  readonly #onError: (error: Error) => void
  #client: MqttClient | undefined
  #inFlight = 0

  constructor(deps: {
    device: DeviceModel
    seed: number
    broker: Broker
    figures: DeviceFigures
    onError: (error: Error) => void
  }) {
    this.#device = deps.device
    this.#seed = deps.seed
    this.#broker = deps.broker
    this.#figures = deps.figures
    this.#onError = deps.onError
  }

  get isConnected(): boolean {
    return this.#client?.connected ?? false
  }

  /** Measures at a time, ms since 1970, and sends it. */
  tick(ms: number): void {
    if (this.#isAway(ms)) {
      this.#vanish()
      return
    }
    this.#client ??= this.#connect()
    const isDropped = chance(this.#seed, this.#device.deviceId, 'drop', ms) < DROP_SHARE
    if (isDropped || !this.#client.connected || this.#inFlight >= IN_FLIGHT_LIMIT) {
      this.#figures.dropped += 1
      return
    }
    for (const { topic, payload } of messagesAt(this.#device, this.#seed, ms, this.#broker)) {
      this.#publish(this.#client, topic, payload)
    }
  }

  /** Says goodbye where it can, and ends the connection. */
  async stop(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    if (!client) return
    if (client.connected && !this.#isGateway) {
      await Promise.race([
        client.publishAsync(this.#statusTopic, 'offline', { qos: 1, retain: true }),
        farewell(),
      ])
    }
    await Promise.race([client.endAsync(), farewell()])
    client.end(true)
  }

  get #isGateway(): boolean {
    return this.#broker.username !== undefined
  }

  get #statusTopic(): string {
    return `devices/${this.#device.deviceId}/status`
  }

  #isAway(ms: number): boolean {
    return this.#device.isFlaky && ms % FLAKY_SPAN_MS >= FLAKY_SPAN_MS - FLAKY_AWAY_MS
  }

  /** The connection breaks without a word, so that the broker tells the last will. */
  #vanish(): void {
    this.#client?.end(true)
    this.#client = undefined
  }

  #connect(): MqttClient {
    const { url, username, password } = this.#broker
    const client = mqtt.connect(url, {
      clientId: `sim-${this.#device.deviceId}`,
      protocolVersion: 4,
      clean: true,
      keepalive: 30,
      connectTimeout: 10_000,
      reconnectPeriod: 2_000,
      queueQoSZero: false,
      resubscribe: false,
      ...(username !== undefined && { username, password: password ?? '' }),
      ...(!this.#isGateway && {
        will: { topic: this.#statusTopic, payload: Buffer.from('offline'), qos: 1, retain: true },
      }),
    })
    client.on('error', this.#onError)
    client.on('connect', () => {
      if (!this.#isGateway) client.publish(this.#statusTopic, 'online', { qos: 1, retain: true })
    })
    return client
  }

  #publish(client: MqttClient, topic: string, payload: string): void {
    this.#inFlight += 1
    this.#figures.sent += 1
    client.publish(topic, payload, { qos: 1 }, (error) => {
      this.#inFlight -= 1
      if (!error) this.#figures.acknowledged += 1
    })
  }
}

function farewell(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, FAREWELL_MS).unref())
}
