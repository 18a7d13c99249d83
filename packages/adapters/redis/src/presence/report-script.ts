import { ACTIVITY_LENGTH } from '@iot/contracts'
import { defineScript } from '../script.js'
import { PRELUDE } from './prelude.js'

/** Users who leave with one report at most; the rest with the next, which comes at once. */
const LEAVES_AT_ONCE = 1_000

/** ARGV: replica, since, readings per minute, whether it is whole, ttl, grace, the changes. */
export const REPORT_SCRIPT = defineScript(`${PRELUDE}
local replica, since, rate, isWhole = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
local ttlMs, graceMs, changes = tonumber(ARGV[5]), tonumber(ARGV[6]), cjson.decode(ARGV[7])
local joined, left, hasMore = {}, {}, 0

local function note(kind, user)
  redis.call('LPUSH', ACTIVITY, string.format('%.0f', nowMs) .. ' ' .. kind .. ' ' .. user)
  redis.call('LTRIM', ACTIVITY, 0, ${ACTIVITY_LENGTH - 1})
end

local function takeIn()
  if isWhole then forget(replica) end
  redis.call('HSET', REPLICAS, replica, string.format('%.0f', nowMs) .. ' ' .. rate .. ' ' .. since)
  local users = {}
  for _, place in ipairs(changes.places) do
    setPlace(replica, place[1], place[2])
    local user = string.match(place[1], '^user (.*)$')
    if user then users[#users + 1] = user end
  end
  for _, id in ipairs(changes.closed) do
    redis.call('HDEL', connectionsOf(replica), id)
    redis.call('ZREM', orderOf(replica), id)
  end
  for _, one in ipairs(changes.opened) do
    redis.call('HSET', connectionsOf(replica), one[1], one[3])
    redis.call('ZADD', orderOf(replica), one[2], one[1])
  end
  for _, one in ipairs(changes.users) do
    local id, user, isOld = one[1], one[2], one[3]
    if redis.call('HSET', PRESENT, id, user) == 1 and not isOld then
      joined[#joined + 1] = user
      note('joined', user)
    end
    redis.call('ZREM', LEAVING, id)
  end
  if isWhole then seeOffAll(graceMs) else seeOff(users, graceMs) end
end

local function sweep()
  local _, lost = eachReplica(ttlMs)
  for _, one in ipairs(lost) do forget(one) end
  if #lost > 0 then seeOffAll(graceMs) end
  local due = redis.call('ZRANGEBYSCORE', LEAVING, '-inf', nowMs, 'LIMIT', 0, ${LEAVES_AT_ONCE})
  local replicas = redis.call('HKEYS', REPLICAS)
  for _, id in ipairs(due) do
    redis.call('ZREM', LEAVING, id)
    local user = redis.call('HGET', PRESENT, id)
    if user and not isConnected(id, replicas) then
      redis.call('HDEL', PRESENT, id)
      left[#left + 1] = user
      note('left', user)
    end
  end
  if #due == ${LEAVES_AT_ONCE} then hasMore = 1 end
end

local isKnown = isWhole or redis.call('HEXISTS', REPLICAS, replica) == 1
if isKnown then takeIn() end
sweep()
return {isKnown and 1 or 0, joined, left, hasMore, figures(ttlMs)}
`)

/** ARGV: replica, grace. */
export const WITHDRAW_SCRIPT = defineScript(`${PRELUDE}
forget(ARGV[1])
seeOffAll(tonumber(ARGV[2]))
return 1
`)

/** ARGV: replica, ttl, then place, count and limit of each. Answers 0, or which of the limits is reached, from 1. */
export const TAKE_PLACE_SCRIPT = defineScript(`${PRELUDE}
local replica, ttlMs = ARGV[1], tonumber(ARGV[2])
local living = eachReplica(ttlMs)
for i = 3, #ARGV, 3 do
  local had = 0
  for _, one in ipairs(living) do
    if one.name ~= replica then
      had = had + tonumber(redis.call('HGET', placesOf(one.name), ARGV[i]) or '0')
    end
  end
  if had + tonumber(ARGV[i + 1]) > tonumber(ARGV[i + 2]) then return i / 3 end
end
-- Of a replica that has not reported yet nothing can be kept: its first report brings all.
if redis.call('HEXISTS', REPLICAS, replica) == 1 then
  for i = 3, #ARGV, 3 do setPlace(replica, ARGV[i], ARGV[i + 1]) end
end
return 0
`)
