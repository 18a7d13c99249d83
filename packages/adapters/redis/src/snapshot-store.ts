import type { SnapshotStore } from '@iot/ports'
import { snapshotKey } from './keys.js'
import type { RedisConnection } from './redis-connection.js'
import { defineScript } from './script.js'

/** A snapshot that nobody replaces ends: after an outage of a month its owner reads the log instead. */
const KEPT_MS = 30 * 86_400_000

/** Keeps what is further in a topic and behind in none. */
const SAVE_SCRIPT = defineScript(`
local kept = redis.call('HGET', KEYS[1], 'offsets')
local given = cjson.decode(ARGV[1])
local before = {}
if kept then before = cjson.decode(kept) end
for topic, offset in pairs(before) do
  if (given[topic] or -1) < offset then return 0 end
end
local isFurther = not kept
for topic, offset in pairs(given) do
  if offset > (before[topic] or -1) then isFurther = true end
end
if not isFurther then return 0 end
redis.call('HSET', KEYS[1], 'offsets', ARGV[1], 'state', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`)

/** Snapshots in Redis. They outlive it where it keeps its data on disk (AOF). */
export function createRedisSnapshotStore({ redis }: { redis: RedisConnection }): SnapshotStore {
  return {
    async load(owner, epoch, partition) {
      const key = snapshotKey(epoch, owner, partition)
      const [offsets, state] = await redis.ask((client) => client.hmget(key, 'offsets', 'state'))
      if (typeof offsets !== 'string' || typeof state !== 'string') return undefined
      return { offsets: JSON.parse(offsets) as Record<string, number>, state }
    },
    async save(owner, epoch, partition, { offsets, state }) {
      const key = snapshotKey(epoch, owner, partition)
      return (await redis.run(SAVE_SCRIPT, [key], [JSON.stringify(offsets), state, KEPT_MS])) === 1
    },
  }
}
