import { defineScript } from '../script.js'

/**
 * Batches of one stream after an offset, a page of them, and how far the stream reaches. `gone` where the window does
 * not hold everything after the offset, or the offset lies beyond it.
 */
export const WINDOW_SCRIPT = defineScript(`
local meta, stream = KEYS[1], KEYS[2]
local track, after, count = ARGV[1], ARGV[2], ARGV[3]
local known = redis.call('HMGET', meta, 'h:' .. track, 'f:' .. track)
if not known[1] then
  if after == '-1' then return {'ok', '-1', {}} end
  return {'gone'}
end
if tonumber(after) < tonumber(known[2]) or tonumber(after) > tonumber(known[1]) then return {'gone'} end
local from = '-'
if after ~= '-1' then from = '(' .. after .. '-1' end
local texts = {}
for i, entry in ipairs(redis.call('XRANGE', stream, from, '+', 'COUNT', count)) do texts[i] = entry[2][2] end
return {'ok', known[1], texts}
`)

/** A device as its id, its head and its readings; see the script that writes them. */
const STATES = `
local base = ARGV[1]
local function statesOf(ids)
  local states = {}
  if #ids == 0 then return states end
  local heads = redis.call('HMGET', base .. 'states', unpack(ids))
  local sensors = redis.call('HMGET', base .. 'sensors', unpack(ids))
  for i, id in ipairs(ids) do
    if heads[i] then
      local fields, readings = {}, {}
      for name in string.gmatch(sensors[i] or '', '[^\\n]+') do fields[#fields + 1] = id .. ' ' .. name end
      if #fields > 0 then readings = redis.call('HMGET', base .. 'readings', unpack(fields)) end
      states[#states + 1] = {id, heads[i], readings}
    end
  end
  return states
end
`

/** Devices after an id, in order. */
export const LIST_SCRIPT = defineScript(`${STATES}
local from = '-'
if ARGV[2] == 'after' then from = '(' .. ARGV[3] end
return statesOf(redis.call('ZRANGE', base .. 'devices', from, '+', 'BYLEX', 'LIMIT', 0, ARGV[4]))
`)

/** The devices named, in that order, without those that are not known. */
export const GET_SCRIPT = defineScript(`${STATES}
local ids = {}
for i = 2, #ARGV do ids[i - 1] = ARGV[i] end
return statesOf(ids)
`)

/** Readings of the 60 seconds before the running one. */
export const RATE_SCRIPT = defineScript(`
local running, sum = tonumber(redis.call('TIME')[1]), 0
for _, counted in ipairs(redis.call('HVALS', KEYS[1])) do
  local second, count = string.match(counted, '^(%d+):(%d+)$')
  second = tonumber(second)
  if second < running and second >= running - 60 then sum = sum + tonumber(count) end
end
return sum
`)
