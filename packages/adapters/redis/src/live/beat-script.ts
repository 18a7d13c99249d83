import { defineScript } from '../script.js'
import { TRIM } from './publish-script.js'

/**
 * What a publisher does every second: says where all partitions stand, the others' too, and lets go of what is too old.
 * With `claim` it names its log as the bus's whatever was named before.
 */
export const BEAT_SCRIPT = defineScript(`${TRIM}
local epochKey, meta = KEYS[1], KEYS[2]
local base, epoch, mark, channel = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local windowMs, windowBytes, claim = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local current = redis.call('GET', epochKey)
if current and current ~= epoch and claim == '' then return {'other', current} end
if current ~= epoch then redis.call('SET', epochKey, epoch) end
local known = redis.call('HMGET', meta, 'born', 'bytes')
local born = known[1] or mark
if not known[1] then redis.call('HSET', meta, 'born', born) end
if known[2] then
  local bytes = trim(base, meta, tonumber(known[2]), now(), windowMs, windowBytes)
  redis.call('HSET', meta, 'bytes', string.format('%.0f', bytes))
end
local fields, heads = redis.call('HGETALL', meta), {}
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 2) == 'h:' then heads[string.sub(fields[i], 3)] = fields[i + 1] end
end
redis.call('PUBLISH', channel, cjson.encode({epoch = epoch, heads = heads}))
return {'ok', born}
`)
