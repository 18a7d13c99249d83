import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const results = fileURLToPath(new URL('../results', import.meta.url))

/** One thing that is judged: at most, or at least, the target. */
export interface Judgement {
  readonly what: string
  readonly value: number
  readonly target: number
  readonly isGood: 'at most' | 'at least'
  readonly holds: boolean
}

export function atMost(what: string, value: number, target: number): Judgement {
  return { what, value, target, isGood: 'at most', holds: value <= target }
}

export function atLeast(what: string, value: number, target: number): Judgement {
  return { what, value, target, isGood: 'at least', holds: value >= target }
}

/** Prints the judgements as a table, keeps all in bench/results/NAME.json, and sets the exit code. */
export function report(name: string, judgements: readonly Judgement[], measured: object): void {
  const machine = {
    cpu: cpus()[0]?.model ?? '',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 1_048_576),
    kernel: release(),
    node: process.version,
  }
  mkdirSync(results, { recursive: true })
  const result = { name, machine, judgements, ...measured }
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`)
  console.log(`\n| ${name} | measured | target | holds |\n|---|---|---|---|`)
  for (const { what, value, target, isGood, holds } of judgements) {
    console.log(
      `| ${what} | ${round(value)} | ${isGood === 'at most' ? '≤' : '≥'} ${target} | ${holds ? 'yes' : 'NO'} |`,
    )
  }
  process.exitCode = judgements.every(({ holds }) => holds) ? 0 : 1
}

/** Three significant digits, as many as such measurements are good for. */
export function round(value: number): number {
  return Number(value.toPrecision(3))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** By linear interpolation between the neighbours. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
