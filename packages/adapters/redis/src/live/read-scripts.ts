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

/** Ids after one, in order, each with its device's hash. */
export const LIST_SCRIPT = defineScript(`
local from = '-'
if ARGV[2] == 'after' then from = '(' .. ARGV[3] end
local states = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], from, '+', 'BYLEX', 'LIMIT', 0, ARGV[4])) do
  states[#states + 1] = id
  states[#states + 1] = redis.call('HGETALL', ARGV[1] .. 'device:' .. id)
end
return states
`)

/** The hashes of the devices named. */
export const GET_SCRIPT = defineScript(`
local states = {}
for i = 2, #ARGV do states[i - 1] = redis.call('HGETALL', ARGV[1] .. 'device:' .. ARGV[i]) end
return states
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
