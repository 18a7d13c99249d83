import { defineScript } from '../script.js'
import { PRELUDE } from './prelude.js'

/** ARGV: ttl. */
export const FIGURES_SCRIPT = defineScript(`${PRELUDE}
return figures(tonumber(ARGV[1]))
`)

/**
 * ARGV: ttl, limit, a replica or nothing, the time (ms) to begin at or nothing. As many of every replica as the page
 * has, and all of the moment that it begins at: whoever asks knows which of those were on the page before.
 */
export const LIST_SCRIPT = defineScript(`${PRELUDE}
local limit, only, from = tonumber(ARGV[2]), ARGV[3], ARGV[4]
local found = {}
for _, one in ipairs((eachReplica(tonumber(ARGV[1])))) do
  if only == '' or one.name == only then
    local order, count = orderOf(one.name), limit
    if from ~= '' then count = count + redis.call('ZCOUNT', order, from, from) end
    local max = from == '' and '+inf' or from
    local ids = redis.call('ZREVRANGEBYSCORE', order, max, '-inf', 'LIMIT', 0, count)
    for _, id in ipairs(ids) do
      local text = redis.call('HGET', connectionsOf(one.name), id)
      if text then found[#found + 1] = text end
    end
  end
end
return found
`)

/** ARGV: ttl, session id. */
export const FIND_SCRIPT = defineScript(`${PRELUDE}
for _, one in ipairs((eachReplica(tonumber(ARGV[1])))) do
  local text = redis.call('HGET', connectionsOf(one.name), ARGV[2])
  if text then return text end
end
return false
`)
