import { createArrivalStamps, createClockPolicy, parseDeviceTopic } from '@iot/domain'
import {
  type BrokerMessage,
  type Clock,
  type ConnectAttempt,
  type DeviceBroker,
  type DeviceDoor,
  type DeviceIdentity,
  type DeviceMessage,
  type DeviceStore,
  type DoorKeeper,
  type EventLog,
  type FleetChannel,
  LogError,
  type PasswordHasher,
} from '@iot/ports'
import type { Component, ComponentContext, Logger, Metrics } from '@iot/runtime'
import type { IngestionConfig } from '../config.js'
import { createBridgeMetrics } from '../metrics.js'
import { admitDevice } from './admit-device.js'
import { createBrokerLease } from './broker-lease.js'
import { createBrokerLogins } from './broker-logins.js'
import { createCredentialCheck } from './credential-check.js'
import { createKnownLoader } from './known-loader.js'
import { KnownSensors } from './known-sensors.js'
import { LoginFailures } from './login-failures.js'
import { appendOutcome } from './steps/append-outcome.js'
import { boundDevices } from './steps/bound-devices.js'
import type { Outcome } from './steps/outcome.js'
import { readMessage } from './steps/read-message.js'
import { createSharedWrites } from './steps/shared-writes.js'
import { mayPublish, maySubscribe } from './topic-access.js'
import { createVerifiedPasswords } from './verified-passwords.js'

export interface BridgePipelineDeps {
  readonly log: EventLog
  readonly door: DeviceDoor
  /** a broker of its own that devices publish to; one of all bridges reads it */
  readonly broker?: DeviceBroker | undefined
  readonly devices: DeviceStore
  readonly passwords: PasswordHasher
  readonly channel: Pick<FleetChannel, 'listen'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly config: Pick<
    IngestionConfig,
    | 'MQTT_TOPIC_SENSOR_DATA'
    | 'MQTT_ALLOW_ANONYMOUS'
    | 'MQTT_BROKER_USERNAME'
    | 'MQTT_BROKER_PASSWORD'
    | 'MQTT_BROKER_AUTH_DIR'
    | 'MAX_DEVICES'
    | 'LOGIN_MAX_FAILURES'
    | 'RETENTION_DAYS'
  >
  /** between two checks of the credentials of open connections, ms */
  readonly credentialCheckEveryMs?: number
  /** between two questions whether the broker's logins have changed, ms */
  readonly brokerLoginsEveryMs?: number
  /** between two tries to learn from the store which devices there are, ms */
  readonly knownRetryMs?: number
}

/** Sensors whose last stamp of arrival is remembered; about 150 bytes each. */
const ARRIVAL_STAMPS = 100_000
/** How long messages in flight may take when the process stops. */
const DRAIN_MS = 5_000
/** The client id of what came through the broker, which does not say whose it was. */
const THROUGH_BROKER = 'mqtt-broker'

/** Devices to the log: whoever comes in by the door is known, and what they say is durable before it is acknowledged. */
export function createBridgePipeline(deps: BridgePipelineDeps): Component {
  const { log, door, config, logger } = deps
  const known = new KnownSensors({ maxDevices: config.MAX_DEVICES })
  const metrics = createBridgeMetrics(deps.metrics, { devices: () => known.devices })
  const passwords = createVerifiedPasswords({ passwords: deps.passwords, clock: deps.clock })
  const failures = new LoginFailures({ clock: deps.clock, maxFailures: config.LOGIN_MAX_FAILURES })
  const policy = createClockPolicy({
    retentionDays: config.RETENTION_DAYS,
    arrivals: createArrivalStamps({ capacity: ARRIVAL_STAMPS }),
  })
  const anyTelemetryTopic = config.MQTT_TOPIC_SENSOR_DATA
  const credentials = createCredentialCheck({ ...deps, everyMs: deps.credentialCheckEveryMs })
  let fail: ComponentContext['fail'] = () => {}
  const loader = createKnownLoader({ known, devices: deps.devices, logger, retryMs: deps.knownRetryMs })
  const logins = createLogins(deps)
  const lease =
    deps.broker && createBrokerLease({ log, logger, broker: deps.broker, onMessage: acceptFromBroker })

  let stopListening = () => {}

  const shared = createSharedWrites({ log, metrics, onFailed: refuse })

  function appendAll(outcomes: readonly Outcome[], message: DeviceMessage): Promise<void> {
    const appends = outcomes.map((outcome) => appendOutcome(outcome, message, { log, logger, metrics }))
    return appends.length === 1 ? appends[0]! : Promise.all(appends).then(() => {})
  }

  function refuse(error: unknown, messages = 1): never {
    metrics.failures.inc(messages)
    if (error instanceof LogError && error.code === 'LOG_FENCED') fail(error)
    throw error
  }

  function noteLogin(attempt: ConnectAttempt, identity: DeviceIdentity | 'refused'): void {
    if (attempt.username === undefined) return
    if (identity !== 'refused') failures.clear(attempt)
    else if (failures.note(attempt)) {
      const { username, address } = attempt
      logger.warn({ username, address }, 'too many failed MQTT logins: this account waits 15 minutes here')
    }
  }

  const keeper: DoorKeeper = {
    authenticate: async (attempt) => {
      if (failures.mustWait(attempt)) {
        metrics.connections.inc({ outcome: 'throttled' })
        return 'refused'
      }
      const { devices } = deps
      const allowAnonymous = config.MQTT_ALLOW_ANONYMOUS
      const identity = await admitDevice(attempt, { devices, passwords, allowAnonymous })
      metrics.connections.inc({ outcome: identity === 'refused' ? 'refused' : 'admitted' })
      noteLogin(attempt, identity)
      return identity
    },
    mayPublish: (identity, topic) => mayPublish(identity, topic, anyTelemetryTopic),
    maySubscribe,
    ...(log.gather && { gather: (work) => log.gather!(work) }),
    // Not async up to the appends: the log's order is the order of arrival.
    accept(message) {
      // Since it was read, which may be a while ago: what counts is how long the device waits.
      const begin = performance.now() - Math.max(0, deps.clock.nowMs() - message.receivedAtMs)
      const outcomes = boundDevices(readMessage(message, { anyTelemetryTopic, policy }), known)
      const only = outcomes.length === 1 ? outcomes[0]! : undefined
      const written = only?.kind === 'readings' ? shared.append(only.record, begin) : undefined
      if (written) return written
      return appendAll(outcomes, message).then(
        () => metrics.acceptSeconds.observe((performance.now() - begin) / 1_000),
        (error: unknown) => refuse(error),
      )
    },
  }

  function acceptFromBroker(message: BrokerMessage): Promise<void> {
    return keeper.accept({
      ...message,
      clientId: THROUGH_BROKER,
      identity: identityOf(message.topic, anyTelemetryTopic),
    })
  }

  return {
    name: 'bridge',
    async start(context) {
      fail = context.fail
      await loader.start()
      await logins?.start()
      await door.open(keeper)
      credentials.start()
      stopListening = deps.channel.listen(({ kind }) => {
        if (kind !== 'credentials-removed') return
        credentials.look()
        logins?.look()
      })
      await lease?.start(context.fail)
    },
    async stop() {
      loader.stop()
      stopListening()
      credentials.stop()
      await Promise.all([door.close(DRAIN_MS), lease?.stop(), logins?.stop()])
    },
    health: () => lease?.health() ?? { status: 'healthy' },
  }
}

/** Where somebody else keeps the broker's logins, we don't. */
function createLogins({ config, devices, logger, brokerLoginsEveryMs }: BridgePipelineDeps) {
  if (config.MQTT_BROKER_AUTH_DIR === undefined) return undefined
  return createBrokerLogins({
    devices,
    folder: config.MQTT_BROKER_AUTH_DIR,
    username: config.MQTT_BROKER_USERNAME,
    password: config.MQTT_BROKER_PASSWORD,
    allowAnonymous: config.MQTT_ALLOW_ANONYMOUS,
    sharedTopic: config.MQTT_TOPIC_SENSOR_DATA,
    logger,
    everyMs: brokerLoginsEveryMs,
  })
}

/** The broker has let it in and checked its topic; who named a device there is that device. */
function identityOf(topic: string, anyTelemetryTopic: string): DeviceIdentity {
  const read = parseDeviceTopic(topic, anyTelemetryTopic)
  return 'deviceId' in read ? { kind: 'device', deviceId: read.deviceId } : { kind: 'anonymous' }
}
