import { end, heard, start } from '../harness/child.js'
import { atMost, median, report, round } from '../harness/report.js'
import { DEVICES, RULES_ON_ALL } from './fleet.js'
import type { JudgeOrder, RulesMessage, Side } from './protocol.js'

/**
 * What judging a reading by a rule costs: 10 000 sensors, each with a rule of its own and 20 on all of them, against
 * the same written down naively, in slices in turn in one process; and the memory of all of it, in another.
 */
const PAIRS = Number(process.argv[2] ?? 8)
const SLICE_READINGS = 100_000
/** The naive side gets a tenth: a slice of it takes as long. */
const NAIVE_READINGS = 10_000
const TARGET_MICROS = 1
const TARGET_RATIO = 0.2
const TARGET_MIB = 200

const judge = start(new URL('./judge.ts', import.meta.url))
await heard<RulesMessage, 'ready'>(judge, 'ready')

/** CPU µs for each reading and rule. */
async function measure(side: Side): Promise<number> {
  const judged = heard<RulesMessage, 'judged'>(judge, 'judged')
  judge.send({ side, readings: side === 'ours' ? SLICE_READINGS : NAIVE_READINGS } satisfies JudgeOrder)
  const { cpuMicros, judgements, decided } = await judged
  if (decided === 0) throw new Error(`${side}: no rule ever opened, so this measures nothing`)
  return cpuMicros / judgements
}

const pairs: { ours: number; naive: number; ratio: number }[] = []
for (let warmUp = 0; warmUp < 2; warmUp++) for (const side of ['ours', 'naive'] as const) await measure(side)
for (let pair = 0; pair < PAIRS; pair++) {
  const order = pair % 2 === 0 ? (['ours', 'naive'] as const) : (['naive', 'ours'] as const)
  const micros = { ours: 0, naive: 0 }
  for (const side of order) micros[side] = await measure(side)
  pairs.push({ ...micros, ratio: micros.ours / micros.naive })
  console.log(`pair ${pair + 1}: ours ${round(micros.ours)}, naive ${round(micros.naive)} µs`)
}
end(judge)

const holder = start(new URL('./hold.ts', import.meta.url))
const { heapMiB, residentMiB, conditions } = await heard<RulesMessage, 'held'>(holder, 'held')
end(holder)

report(
  'rules',
  [
    atMost('CPU µs for each reading and matching rule', median(pairs.map(({ ours }) => ours)), TARGET_MICROS),
    atMost('the same, against the naive way', median(pairs.map(({ ratio }) => ratio)), TARGET_RATIO),
    atMost('MiB alive, rules and what they remember', heapMiB, TARGET_MIB),
    atMost('MiB resident', residentMiB, TARGET_MIB),
  ],
  { load: { devices: DEVICES, rulesOnAll: RULES_ON_ALL, rulesOfOne: DEVICES, conditions }, pairs },
)
