import { FLEET_CHANNELS } from '@iot/contracts'
import type { FleetChannel } from '@iot/ports'
import { type Component, createFleetListeners, type Logger, type Metrics } from '@iot/runtime'
import { RedisConnection, type RedisSettings } from './redis-connection.js'

export interface RedisFleetChannel extends FleetChannel, Component {}

/**
 * Words between processes, by PUBLISH. What is sent goes over a connection that others share; listening has its own,
 * which subscribes anew whenever Redis is back. Started, it listens; where Redis is away it starts all the same.
 */
export function createRedisFleetChannel(
  deps: RedisSettings & { redis: RedisConnection; logger: Logger; metrics: Metrics },
): RedisFleetChannel {
  const { redis, logger } = deps
  const listeners = createFleetListeners(deps)
  const ear = new RedisConnection({ ...deps, isOptional: true }, 'fleet-channel')
  const channels = [...new Set(Object.values(FLEET_CHANNELS))]
  let isListening = false
  let subscribing: Promise<void> | undefined

  async function subscribe(): Promise<void> {
    isListening = false
    try {
      await ear.ask((client) => client.subscribe(...channels))
      isListening = true
    } catch (error) {
      logger.warn({ err: error }, 'the channels between processes can’t be subscribed')
      ear.renew()
    }
  }

  return {
    name: 'fleet-channel',
    async start({ signal }) {
      ear.on({
        ready: () => {
          subscribing = subscribe()
        },
        message: (_channel, text) => listeners.hear(text),
      })
      await ear.start({ signal })
      await subscribing
    },
    async stop() {
      await ear.stop()
      await subscribing
    },
    health: () =>
      ear.isReady && isListening
        ? { status: 'healthy' }
        : { status: 'degraded', detail: 'words between processes are not heard' },
    async send(message) {
      const text = JSON.stringify(message)
      await redis.ask((client) => client.publish(FLEET_CHANNELS[message.kind], text))
    },
    listen: listeners.add,
  }
}
