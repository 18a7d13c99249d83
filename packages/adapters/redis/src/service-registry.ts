import type { ServiceAnnouncement, ServiceRegistry } from '@iot/ports'
import type { RedisConnection } from './redis-connection.js'
import { defineScript } from './script.js'

const KEY = 'iot:services'
/** Processes that are remembered at once; beyond, what has ended is swept with every announcement. */
const SWEEP_ABOVE = 64

/** Every field of the hash is a process: when it spoke last, by Redis' clock, and what it said. */
const SWEEP = `
local time = redis.call('TIME')
local nowMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function living(oldestMs)
  local texts = {}
  local fields = redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    local at, text = string.match(fields[i + 1], '^(%d+) (.*)$')
    if tonumber(at) > oldestMs then texts[#texts + 1] = text
    else redis.call('HDEL', KEYS[1], fields[i]) end
  end
  return texts
end
`

const ANNOUNCE_SCRIPT = defineScript(`${SWEEP}
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', nowMs) .. ' ' .. ARGV[2])
if redis.call('HLEN', KEYS[1]) > ${SWEEP_ABOVE} then living(nowMs - tonumber(ARGV[3])) end
return 1
`)

const LIST_SCRIPT = defineScript(`${SWEEP}
return living(nowMs - tonumber(ARGV[1]))
`)

/** Which processes of the fleet live. Not under a log: a process has none before it has started. */
export function createRedisServiceRegistry(deps: {
  redis: RedisConnection
  /** after which silence a process counts as gone */
  ttlMs?: number
}): ServiceRegistry {
  const { redis, ttlMs = 10_000 } = deps
  const fieldOf = (service: string, instance: string) => `${service} ${instance}`
  return {
    async announce(announcement) {
      const field = fieldOf(announcement.service, announcement.instance)
      await redis.run(ANNOUNCE_SCRIPT, [KEY], [field, JSON.stringify(announcement), ttlMs])
    },
    async list() {
      const texts = (await redis.run(LIST_SCRIPT, [KEY], [ttlMs])) as string[]
      const living = texts.map((text) => JSON.parse(text) as ServiceAnnouncement)
      return living.sort((one, other) =>
        fieldOf(one.service, one.instance) < fieldOf(other.service, other.instance) ? -1 : 1,
      )
    },
    async withdraw(service, instance) {
      await redis.ask((client) => client.hdel(KEY, fieldOf(service, instance)))
    },
  }
}
