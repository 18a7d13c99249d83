import type { System } from './system.js'

/** The sum of a metric's series, as `/metrics` has it. */
export async function metricOf(system: System, name: string): Promise<number> {
  const text = await (await fetch(`${system.url}/metrics`)).text()
  let sum = 0
  for (const line of text.split('\n')) {
    const [, series, value] = /^([a-z0-9_]+)(?:\{[^}]*\})? (\S+)/i.exec(line) ?? []
    if (series === name) sum += Number(value)
  }
  return sum
}

/** Resident memory of the Node process, MiB. */
export async function residentMiB(system: System): Promise<number> {
  return Math.round((await metricOf(system, 'iot_process_resident_memory_bytes')) / 1_048_576)
}
