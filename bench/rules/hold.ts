import { residentMiB } from '../harness/cpu.js'
import { createFleet, createNumbers, valueFrom } from './fleet.js'
import type { RulesMessage } from './protocol.js'

/** How many readings each sensor has had: enough that some conditions have a past. */
const ROUNDS = 30
const START_MS = Date.parse('2026-03-02T12:00:00Z')

globalThis.gc!()
const before = { heap: process.memoryUsage().heapUsed, residentMiB: residentMiB(process.pid) }
const fleet = createFleet()
const next = createNumbers()
for (let round = 0; round < ROUNDS; round++) {
  const nowMs = START_MS + round * 10_000
  for (const { rules, conditions } of fleet) {
    const value = valueFrom(next(), next())
    for (let index = 0; index < rules.length; index++) {
      rules[index]!.judge(conditions[index]!, value, nowMs, nowMs, false)
    }
  }
}
globalThis.gc!()
process.on('disconnect', () => process.exit(0))
process.send!({
  kind: 'held',
  heapMiB: (process.memoryUsage().heapUsed - before.heap) / 1_048_576,
  residentMiB: residentMiB(process.pid) - before.residentMiB,
  conditions: fleet.reduce((sum, { conditions }) => sum + conditions.length, 0),
} satisfies RulesMessage)
