import { createRedisBus, createRedisFleetChannel, type RedisBus, RedisConnection } from '@iot/adapter-redis'
import type { FleetChannel } from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import type { StartedRedis } from '@iot/testkit/containers/start-redis'

const WINDOW_BYTES = 33_554_432
const context = { signal: new AbortController().signal, fail: () => {} }

/** What processes of a fleet have of one Redis: each call opens connections of its own, as another process would. */
export interface RedisProcesses {
  /** `epoch`: of who feeds the bus */
  openBus(epoch?: () => string): Promise<RedisBus>
  openChannel(): Promise<{ redis: RedisConnection; channel: FleetChannel }>
  /** Closes all that was opened, the last first. */
  stop(): Promise<void>
}

export function redisProcesses(server: StartedRedis): RedisProcesses {
  const settings = { host: server.host, port: server.port(), logger: silentLogger() }
  const stops: (() => Promise<void>)[] = []
  return {
    async openBus(epoch) {
      const bus = createRedisBus({ ...settings, windowBytes: WINDOW_BYTES, ...(epoch && { epoch }) })
      stops.push(() => bus.stop())
      await bus.start(context)
      return bus
    },
    async openChannel() {
      const redis = new RedisConnection(settings)
      await redis.start(context)
      const channel = createRedisFleetChannel({ ...settings, redis, metrics: createMetrics() })
      await channel.start(context)
      stops.push(async () => {
        await channel.stop()
        await redis.stop()
      })
      return { redis, channel }
    },
    async stop() {
      for (const stop of stops.splice(0).reverse()) await stop()
    },
  }
}
