import { CLOSES, NOTHING } from '@iot/domain'
import { createFleet, createNumbers, valueFrom } from './fleet.js'
import { NaiveRules } from './naive-rules.js'
import type { JudgeOrder, RulesMessage, Side } from './protocol.js'

/** Every device once in so long, by the time of the readings. */
const ROUND_MS = 10_000
const START_MS = Date.parse('2026-03-02T12:00:00Z')

const fleet = createFleet()
const naive = new NaiveRules()
const numbers = { ours: createNumbers(), naive: createNumbers() }
const sent = { ours: 0, naive: 0 }

/** One more round of readings by one side: the same readings for both. */
function judge(side: Side, readings: number): { judgements: number; decided: number } {
  const next = numbers[side]
  let judgements = 0
  let decided = 0
  for (let left = readings; left > 0; left--) {
    const at = sent[side]++
    const sensor = fleet[at % fleet.length]!
    const value = valueFrom(next(), next())
    const nowMs = START_MS + Math.floor(at / fleet.length) * ROUND_MS
    const { rules, conditions, deviceId } = sensor
    const timestamp = side === 'naive' ? new Date(nowMs).toISOString() : ''
    for (let index = 0; index < rules.length; index++) {
      judgements++
      const rule = rules[index]!
      if (side === 'naive') {
        if (naive.judge(rule.rule, deviceId, value, timestamp) !== undefined) decided++
        continue
      }
      const verdict = rule.judge(conditions[index]!, value, nowMs, nowMs, false)
      if (verdict !== NOTHING && verdict <= CLOSES) decided++
    }
  }
  return { judgements, decided }
}

process.on('message', ({ side, readings }: JudgeOrder) => {
  const before = process.cpuUsage()
  const judged = judge(side, readings)
  const { user, system } = process.cpuUsage(before)
  process.send!({ kind: 'judged', cpuMicros: user + system, ...judged } satisfies RulesMessage)
})
process.on('disconnect', () => process.exit(0))
process.send!({ kind: 'ready' } satisfies RulesMessage)
