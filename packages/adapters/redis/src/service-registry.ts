import { LOST_KEPT_MS, type ServiceAnnouncement, type ServiceRegistry } from '@iot/ports'
import type { RedisConnection } from './redis-connection.js'
import { defineScript } from './script.js'

const KEY = 'iot:services'
/** Processes that are remembered at once; beyond, what has ended is swept with every announcement. */
const SWEEP_ABOVE = 64

/**
 * Every field of the hash is a process: when it spoke last, by Redis' clock, and what it said. Answers those who spoke
 * last after a time and up to another, each as "time text", and forgets who spoke last at `forgetMs` or before.
 */
const SWEEP = `
local time = redis.call('TIME')
local nowMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function between(afterMs, upToMs, forgetMs)
  local texts = {}
  local fields = redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    local at = tonumber(string.match(fields[i + 1], '^%d+'))
    if at <= forgetMs then redis.call('HDEL', KEYS[1], fields[i])
    elseif at > afterMs and at <= upToMs then texts[#texts + 1] = fields[i + 1] end
  end
  return texts
end
`

const ANNOUNCE_SCRIPT = defineScript(`${SWEEP}
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', nowMs) .. ' ' .. ARGV[2])
if redis.call('HLEN', KEYS[1]) > ${SWEEP_ABOVE} then between(nowMs, nowMs, nowMs - tonumber(ARGV[3])) end
return 1
`)

const LIST_SCRIPT = defineScript(`${SWEEP}
return between(nowMs - tonumber(ARGV[1]), nowMs, nowMs - tonumber(ARGV[2]))
`)

const LOST_SCRIPT = defineScript(`${SWEEP}
return between(0, nowMs - tonumber(ARGV[1]), nowMs - tonumber(ARGV[2]))
`)

/** Which processes of the fleet live. Not under a log: a process has none before it has started. */
export function createRedisServiceRegistry(deps: {
  redis: RedisConnection
  /** after which silence a process counts as gone */
  ttlMs?: number
}): ServiceRegistry {
  const { redis, ttlMs = 10_000 } = deps
  return {
    async announce(announcement) {
      const field = fieldOf(announcement.service, announcement.instance)
      await redis.run(ANNOUNCE_SCRIPT, [KEY], [field, JSON.stringify(announcement), ttlMs])
    },
    async list() {
      const texts = (await redis.run(LIST_SCRIPT, [KEY], [ttlMs, LOST_KEPT_MS])) as string[]
      return inOrder(texts.map((text) => announcementOf(text)))
    },
    async lost() {
      const texts = (await redis.run(LOST_SCRIPT, [KEY], [ttlMs, LOST_KEPT_MS])) as string[]
      const lost = texts.map((text) => {
        const { service, instance } = announcementOf(text)
        return { service, instance, lastMs: Number(text.slice(0, text.indexOf(' '))) }
      })
      return inOrder(lost)
    },
    async withdraw(service, instance) {
      await redis.ask((client) => client.hdel(KEY, fieldOf(service, instance)))
    },
  }
}

function fieldOf(service: string, instance: string): string {
  return `${service} ${instance}`
}

function announcementOf(text: string): ServiceAnnouncement {
  return JSON.parse(text.slice(text.indexOf(' ') + 1)) as ServiceAnnouncement
}

function inOrder<One extends Pick<ServiceAnnouncement, 'service' | 'instance'>>(list: One[]): One[] {
  return list.sort((one, other) =>
    fieldOf(one.service, one.instance) < fieldOf(other.service, other.instance) ? -1 : 1,
  )
}
