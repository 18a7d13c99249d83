/** Not under a log: who is connected is so whatever the log is. In braces, so that a cluster keeps all on one node. */
const BASE = 'iot:{presence}:'

export const REPLICAS_KEY = `${BASE}replicas`
export const ACTIVITY_KEY = `${BASE}activity`

/**
 * What the scripts share. Whatever belongs to a replica lies in keys of its own (places, connections, their order by
 * time), so that a replica is forgotten by deleting three keys; `present` and `leaving` are about users of all.
 * A field of `replicas`: when it spoke last (by Redis' clock), its readings per minute, since when it runs.
 */
export const PRELUDE = `
local REPLICAS, PRESENT, LEAVING, ACTIVITY =
  '${REPLICAS_KEY}', '${BASE}present', '${BASE}leaving', '${ACTIVITY_KEY}'
local time = redis.call('TIME')
local nowMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function placesOf(replica) return '${BASE}places:' .. replica end
local function connectionsOf(replica) return '${BASE}connections:' .. replica end
local function orderOf(replica) return '${BASE}order:' .. replica end

local function eachReplica(ttlMs)
  local living, lost = {}, {}
  local fields = redis.call('HGETALL', REPLICAS)
  for i = 1, #fields, 2 do
    local at, rate, since = string.match(fields[i + 1], '^(%d+) (%d+) (.*)$')
    if tonumber(at) > nowMs - ttlMs then
      living[#living + 1] = {name = fields[i], rate = tonumber(rate), since = since}
    else
      lost[#lost + 1] = fields[i]
    end
  end
  table.sort(living, function (one, other) return one.name < other.name end)
  return living, lost
end

local function forget(replica)
  redis.call('HDEL', REPLICAS, replica)
  redis.call('DEL', placesOf(replica), connectionsOf(replica), orderOf(replica))
end

local function setPlace(replica, place, count)
  if tonumber(count) <= 0 then
    redis.call('HDEL', placesOf(replica), place)
    return
  end
  redis.call('HSET', placesOf(replica), place, count)
  local user = string.match(place, '^user (.*)$')
  if user then redis.call('ZREM', LEAVING, user) end
end

local function isConnected(user, replicas)
  for _, replica in ipairs(replicas) do
    if redis.call('HEXISTS', placesOf(replica), 'user ' .. user) == 1 then return true end
  end
  return false
end

local function seeOff(users, graceMs)
  local replicas = redis.call('HKEYS', REPLICAS)
  for _, user in ipairs(users) do
    if redis.call('HEXISTS', PRESENT, user) == 1 and not redis.call('ZSCORE', LEAVING, user)
      and not isConnected(user, replicas) then
      redis.call('ZADD', LEAVING, nowMs + graceMs, user)
    end
  end
end

local function seeOffAll(graceMs)
  seeOff(redis.call('HKEYS', PRESENT), graceMs)
end

local function figures(ttlMs)
  local told = {}
  for _, one in ipairs((eachReplica(ttlMs))) do
    told[#told + 1] = {one.name, one.since, redis.call('HLEN', connectionsOf(one.name)), one.rate}
  end
  return {redis.call('HLEN', PRESENT), told}
end
`
