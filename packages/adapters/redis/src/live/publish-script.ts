import { defineScript } from '../script.js'

/**
 * Lets go of the oldest batches, of all kinds and partitions together: `order` lists every batch in the window with
 * time, bytes, last offset and track, the oldest first. A thousand a call at most: Redis does nothing else meanwhile.
 * Answers the bytes that are left.
 */
export const TRIM = `
local function trim(base, meta, bytes, nowMs, windowMs, windowBytes)
  local order = base .. 'order'
  for _ = 1, 1000 do
    local oldest = redis.call('LINDEX', order, 0)
    if not oldest then return 0 end
    local at, size, last, track = string.match(oldest, '^(%d+) (%d+) (%d+) (.+)$')
    if tonumber(at) >= nowMs - windowMs and bytes <= windowBytes then return bytes end
    redis.call('LPOP', order)
    redis.call('XTRIM', base .. 'window:' .. track, 'MINID', last .. '-2')
    local floor = redis.call('HGET', meta, 'f:' .. track)
    if not floor or tonumber(floor) < tonumber(last) then redis.call('HSET', meta, 'f:' .. track, last) end
    bytes = bytes - tonumber(size)
  end
  return bytes
end
local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
`

/** What a batch weighs beside its text. */
const BATCH_BYTES = 256

/**
 * Batches and changes of state, all or nothing. First it decides what is new without touching anything: a batch of
 * which one part is new is given back to be cut, since only its sender can. Then it writes.
 * Offsets are written as they came, as text: Lua would round large numbers.
 */
const BATCHES = `
local epochKey, meta = KEYS[1], KEYS[2]
local base, epoch, nonce = ARGV[1], ARGV[2], ARGV[3]
local windowMs, windowBytes, count = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local at = 7
local current = redis.call('GET', epochKey)
if current and current ~= epoch then return {'other', current} end

local batches, names = {}, {'born', 'bytes'}
for i = 1, count do
  batches[i] = {track = ARGV[at], before = ARGV[at + 1], last = ARGV[at + 2], entries = ARGV[at + 3],
    channel = ARGV[at + 4], text = ARGV[at + 5]}
  names[i + 2] = 'h:' .. ARGV[at]
  at = at + 6
end
local known = redis.call('HMGET', meta, unpack(names))
local born, bytes = known[1] or nonce, tonumber(known[2] or '0')

local heads, written, news = {}, {}, {}
for i, batch in ipairs(batches) do
  local track, before, last = batch.track, tonumber(batch.before), tonumber(batch.last)
  if heads[track] == nil then
    if known[i + 2] then
      heads[track] = tonumber(known[i + 2])
    else
      heads[track] = before
      written['h:' .. track] = batch.before
      written['f:' .. track] = batch.before
    end
  end
  if last > heads[track] then
    if before < heads[track] then
      local stored = {'cut'}
      for j = 1, count do stored[j + 1] = known[j + 2] or '' end
      return stored
    end
    batch.isAfterHole = before > heads[track]
    heads[track] = last
    news[#news + 1] = batch
  end
end

local nowMs = now()
local nowText = string.format('%.0f', nowMs)
local order, readings = {}, 0
for _, batch in ipairs(news) do
  local track = batch.track
  local stream = base .. 'window:' .. track
  if batch.isAfterHole then
    redis.call('DEL', stream)
    written['f:' .. track] = batch.before
  end
  written['h:' .. track] = batch.last
  if batch.last ~= batch.before then
    local size = #batch.text + ${BATCH_BYTES}
    redis.call('XADD', stream, batch.last .. '-1', 'batch', batch.text)
    order[#order + 1] = nowText .. ' ' .. size .. ' ' .. batch.last .. ' ' .. track
    bytes = bytes + size
  end
  if batch.channel ~= '' then
    redis.call('PUBLISH', batch.channel, batch.text)
    if string.sub(track, 1, 9) == 'readings:' then readings = readings + tonumber(batch.entries) end
  end
end
if #order > 0 then redis.call('RPUSH', base .. 'order', unpack(order)) end
if readings > 0 then
  local second = math.floor(nowMs / 1000)
  local slot = second % 64
  local counted = redis.call('HGET', base .. 'rate', slot)
  local ofSecond, sum = string.match(counted or '', '^(%d+):(%d+)$')
  if tonumber(ofSecond) == second then readings = readings + tonumber(sum) end
  redis.call('HSET', base .. 'rate', slot, string.format('%.0f:%.0f', second, readings))
end

local pairsToWrite = {'born', born}
for field, value in pairs(written) do
  pairsToWrite[#pairsToWrite + 1] = field
  pairsToWrite[#pairsToWrite + 1] = value
end
redis.call('HSET', meta, unpack(pairsToWrite))
bytes = trim(base, meta, bytes, nowMs, windowMs, windowBytes)
redis.call('HSET', meta, 'bytes', string.format('%.0f', bytes))
if not current then redis.call('SET', epochKey, epoch) end
`

/** A reading's time stands before the first space. Equal times: the later sent one counts. */
const CHANGES = `
local devices, online = base .. 'devices', base .. 'online'
local function timeOf(value)
  return string.sub(value, 1, string.find(value, ' ', 1, true))
end
local function replaces(name, value, old)
  if not old then return true end
  if old == value then return false end
  local kind = string.sub(name, 1, 1)
  if kind == 'l' then return value > old end
  if kind == 'r' then return timeOf(old) <= timeOf(value) end
  return true
end
local changes = tonumber(ARGV[at])
at = at + 1
for _ = 1, changes do
  local id, removed, fields = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local key = base .. 'device:' .. id
  at = at + 3
  if removed ~= '' then
    redis.call('DEL', key)
    redis.call('ZREM', devices, id)
    redis.call('SREM', online, id)
  end
  if removed ~= 'only' then
    local names = {'s'}
    for i = 1, fields do names[i + 1] = ARGV[at + 2 * i - 2] end
    local kept = redis.call('HMGET', key, unpack(names))
    local news, status = {}, kept[1]
    for i = 1, fields do
      local name, value = names[i + 1], ARGV[at + 2 * i - 1]
      if replaces(name, value, kept[i + 1]) then
        news[#news + 1] = name
        news[#news + 1] = value
        if name == 's' then status = value end
      end
    end
    if not kept[1] then
      redis.call('ZADD', devices, 0, id)
      if not status then
        news[#news + 1] = 's'
        news[#news + 1] = 'unknown'
      end
    end
    if status ~= kept[1] then
      if status == 'online' then redis.call('SADD', online, id)
      elseif kept[1] == 'online' then redis.call('SREM', online, id) end
    end
    if #news > 0 then redis.call('HSET', key, unpack(news)) end
  end
  at = at + 2 * fields
end
return {'ok', born}
`

export const PUBLISH_SCRIPT = defineScript(TRIM + BATCHES + CHANGES)
