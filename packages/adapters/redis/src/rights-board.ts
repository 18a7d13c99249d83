import type { RightsBoard, UserRights } from '@iot/ports'
import type { RedisConnection } from './redis-connection.js'
import { defineScript } from './script.js'

const KEY = 'iot:rights'
/** Longer than any access token is valid. */
const LIFETIME_MS = 20 * 60_000

const NOW = `
local time = redis.call('TIME')
local nowMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
`

/** Every field of the hash is a user: when it was posted, by Redis' clock, its version and the rights. */
const POST_SCRIPT = defineScript(`${NOW}
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if kept and tonumber(string.match(kept, '^%d+ (%d+) ')) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', nowMs) .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`)

const READ_SCRIPT = defineScript(`${NOW}
local texts = {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local at, text = string.match(fields[i + 1], '^(%d+) %d+ (.*)$')
  if tonumber(at) > nowMs - tonumber(ARGV[1]) then texts[#texts + 1] = text
  else redis.call('HDEL', KEYS[1], fields[i]) end
end
return texts
`)

/** The rights that changed lately, for all processes. Not under a log: who may come in does not depend on what is logged. */
export function createRedisRightsBoard(deps: { redis: RedisConnection; lifetimeMs?: number }): RightsBoard {
  const { redis, lifetimeMs = LIFETIME_MS } = deps
  return {
    async post(rights) {
      const { userId, version } = rights
      await redis.run(POST_SCRIPT, [KEY], [userId, version, JSON.stringify(rights), lifetimeMs])
    },
    async read() {
      const texts = (await redis.run(READ_SCRIPT, [KEY], [lifetimeMs])) as string[]
      return texts.map((text) => JSON.parse(text) as UserRights)
    },
  }
}
