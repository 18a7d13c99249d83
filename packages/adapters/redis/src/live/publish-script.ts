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
local base, epoch, mark = ARGV[1], ARGV[2], ARGV[3]
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
local born, bytes = known[1] or mark, tonumber(known[2] or '0')

local reached, written, news = {}, {}, {}
for i, batch in ipairs(batches) do
  local track, before, last = batch.track, tonumber(batch.before), tonumber(batch.last)
  if reached[track] == nil then
    if known[i + 2] then
      reached[track] = tonumber(known[i + 2])
    else
      reached[track] = before
      written['h:' .. track] = batch.before
      written['f:' .. track] = batch.before
    end
  end
  if last > reached[track] then
    if before < reached[track] then
      local stored = {'cut'}
      for j = 1, count do stored[j + 1] = known[j + 2] or '' end
      return stored
    end
    batch.isAfterHole = before > reached[track]
    reached[track] = last
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

/**
 * Changes of state, one text of lines: an argument each would cost more than all that is done with them. Heads, readings
 * and names of sensors lie in one hash each for all devices, so that a flush asks for all it needs at once.
 * A head is `lastSeen|statusAt|status|location`, what is not known left out and the location behind a `=`; a reading's
 * value begins with its time, 24 characters as every time here.
 */
const CHANGES = `
local heads, readings, sensors = base .. 'states', base .. 'readings', base .. 'sensors'
local devices, online = base .. 'devices', base .. 'online'
local lines, from = ARGV[at + 3], 1
local function line()
  local stop = string.find(lines, '\\n', from, true)
  local found = string.sub(lines, from, stop - 1)
  from = stop + 1
  return found
end

for _ = 1, tonumber(ARGV[at]) do
  local id = line()
  local names = redis.call('HGET', sensors, id)
  for name in string.gmatch(names or '', '[^\\n]+') do redis.call('HDEL', readings, id .. ' ' .. name) end
  redis.call('HDEL', sensors, id)
  redis.call('HDEL', heads, id)
  redis.call('ZREM', devices, id)
  redis.call('SREM', online, id)
end

local function parts(head)
  return string.match(head, '^([^|]*)|([^|]*)|([^|]*)|(.*)$')
end
local function merge(id, head, old)
  local seen, statusAt, status, place = parts(head)
  local oldSeen, oldStatusAt, oldStatus, oldPlace = parts(old or '||unknown|')
  if seen < oldSeen then seen = oldSeen end
  if statusAt == '' then statusAt = oldStatusAt end
  if status == '' then status = oldStatus end
  if place == '' then place = oldPlace end
  if not old then redis.call('ZADD', devices, 0, id) end
  if status ~= oldStatus then
    if status == 'online' then redis.call('SADD', online, id) end
    if oldStatus == 'online' then redis.call('SREM', online, id) end
  end
  return seen .. '|' .. statusAt .. '|' .. status .. '|' .. place
end
local function newHead(id, head, old)
  if old and string.byte(head, 25) == 124 and string.byte(old, 25) == 124
    and string.sub(head, 25) == string.sub(old, 25) then
    if head > old then return head end
    return old
  end
  return merge(id, head, old)
end
local function newReading(field, value, old)
  if not old then
    local id, name = string.match(field, '^([^ ]*) (.*)$')
    local names = redis.call('HGET', sensors, id)
    redis.call('HSET', sensors, id, names and names .. '\\n' .. name or name)
    return value
  end
  if string.sub(old, 1, 24) > string.sub(value, 1, 24) then return old end
  return value
end

local function apply(hash, count, newer)
  for first = 1, count, 1000 do
    local fields, values = {}, {}
    for i = 1, math.min(1000, count - first + 1) do
      fields[i] = line()
      values[i] = line()
    end
    local kept = redis.call('HMGET', hash, unpack(fields))
    local latest, news = {}, {}
    for i, field in ipairs(fields) do
      local old = latest[field] or kept[i]
      local new = newer(field, values[i], old)
      if new ~= old then
        latest[field] = new
        news[#news + 1] = field
        news[#news + 1] = new
      end
    end
    if #news > 0 then redis.call('HSET', hash, unpack(news)) end
  end
end
apply(heads, tonumber(ARGV[at + 1]), newHead)
apply(readings, tonumber(ARGV[at + 2]), newReading)
return {'ok', born}
`

export const PUBLISH_SCRIPT = defineScript(TRIM + BATCHES + CHANGES)
