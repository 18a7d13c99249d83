import type { RateCounter } from '@iot/ports'
import type { RedisConnection } from './redis-connection.js'
import { defineScript } from './script.js'

/** A window begins with its first hit; Redis forgets the key when it ends. */
const HIT_SCRIPT = defineScript(`
local count = redis.call('INCRBY', KEYS[1], ARGV[2])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}
`)

const PEEK_SCRIPT = defineScript(`
local count = redis.call('GET', KEYS[1])
if not count then return {0, 0} end
return {tonumber(count), redis.call('PTTL', KEYS[1])}
`)

/**
 * Counts that all processes share, by Redis' clock. Not under a log: who asks too much does so whatever the log is.
 * While Redis is away it rejects at once; what that means is the caller's to say.
 */
export function createRedisRateCounter({ redis }: { redis: RedisConnection }): RateCounter {
  const keyOf = (key: string) => `iot:limit:${key}`
  return {
    async hit(key, windowMs, by = 1) {
      const [count, resetsInMs] = (await redis.run(HIT_SCRIPT, [keyOf(key)], [windowMs, by])) as [
        number,
        number,
      ]
      return { count, resetsInMs }
    },
    async peek(key) {
      const [count, resetsInMs] = (await redis.run(PEEK_SCRIPT, [keyOf(key)], [])) as [number, number]
      return { count, resetsInMs }
    },
    async clear(key) {
      await redis.ask((client) => client.del(keyOf(key)))
    },
  }
}
