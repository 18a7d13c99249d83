import { createArrivalStamps, createClockPolicy } from '@iot/domain'
import {
  type Clock,
  type DeviceDoor,
  type DeviceMessage,
  type DeviceStore,
  type DoorKeeper,
  type EventLog,
  LogError,
  type PasswordHasher,
} from '@iot/ports'
import type { Component, ComponentContext, Logger, Metrics } from '@iot/runtime'
import type { IngestionConfig } from '../config.js'
import { createBridgeMetrics } from '../metrics.js'
import { admitDevice } from './admit-device.js'
import { createCredentialCheck } from './credential-check.js'
import { KnownSensors } from './known-sensors.js'
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
  readonly devices: DeviceStore
  readonly passwords: PasswordHasher
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly config: Pick<
    IngestionConfig,
    'MQTT_TOPIC_SENSOR_DATA' | 'MQTT_ALLOW_ANONYMOUS' | 'MAX_DEVICES' | 'RETENTION_DAYS'
  >
  /** between two checks of the credentials of open connections, ms */
  readonly credentialCheckEveryMs?: number
}

/** Sensors whose last stamp of arrival is remembered; about 150 bytes each. */
const ARRIVAL_STAMPS = 100_000
/** Between two comparisons with the store of which devices there are. */
const KNOWN_EVERY_MS = 600_000
/** How long messages in flight may take when the process stops. */
const DRAIN_MS = 5_000

/** Devices to the log: whoever comes in by the door is known, and what they say is durable before it is acknowledged. */
export function createBridgePipeline(deps: BridgePipelineDeps): Component {
  const { log, door, config, logger } = deps
  const known = new KnownSensors({ maxDevices: config.MAX_DEVICES })
  const metrics = createBridgeMetrics(deps.metrics, { devices: () => known.devices })
  const passwords = createVerifiedPasswords({ passwords: deps.passwords, clock: deps.clock })
  const policy = createClockPolicy({
    retentionDays: config.RETENTION_DAYS,
    arrivals: createArrivalStamps({ capacity: ARRIVAL_STAMPS }),
  })
  const anyTelemetryTopic = config.MQTT_TOPIC_SENSOR_DATA
  const credentials = createCredentialCheck({ ...deps, everyMs: deps.credentialCheckEveryMs })
  let fail: ComponentContext['fail'] = () => {}
  let refreshing: NodeJS.Timeout | undefined

  const shared = createSharedWrites({ log, metrics, onFailed: refuse })

  function appendAll(outcomes: readonly Outcome[], message: DeviceMessage): Promise<void> {
    const appends = outcomes.map((outcome) => appendOutcome(outcome, message, { log, logger, metrics }))
    return appends.length === 1 ? appends[0]! : Promise.all(appends).then(() => {})
  }

  function refreshKnown(): void {
    known.load(deps.devices).catch((error) => {
      logger.debug({ err: error }, 'the devices that are known could not be compared with the store')
    })
  }

  function refuse(error: unknown, messages = 1): never {
    metrics.failures.inc(messages)
    if (error instanceof LogError && error.code === 'LOG_FENCED') fail(error)
    throw error
  }

  const keeper: DoorKeeper = {
    authenticate: async (attempt) => {
      const { devices } = deps
      const allowAnonymous = config.MQTT_ALLOW_ANONYMOUS
      const identity = await admitDevice(attempt, { devices, passwords, allowAnonymous })
      metrics.connections.inc({ outcome: identity === 'refused' ? 'refused' : 'admitted' })
      return identity
    },
    mayPublish: (identity, topic) => mayPublish(identity, topic, anyTelemetryTopic),
    maySubscribe,
    // Not async up to the appends: the log's order is the order of arrival.
    accept(message) {
      const begin = performance.now()
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

  return {
    name: 'bridge',
    async start(context) {
      fail = context.fail
      await known.load(deps.devices)
      logger.debug({ devices: known.devices }, 'devices known')
      refreshing = setInterval(refreshKnown, KNOWN_EVERY_MS).unref()
      await door.open(keeper)
      credentials.start()
    },
    async stop() {
      clearInterval(refreshing)
      credentials.stop()
      await door.close(DRAIN_MS)
    },
  }
}
