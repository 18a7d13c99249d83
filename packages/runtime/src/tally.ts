/** Counts what happens tens of thousands of times a second. */
export interface Tally {
  observe(value: number): void
}

interface TallyDefinition {
  readonly name: string
  readonly help: string
  readonly buckets: readonly number[]
}

interface Value {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/**
 * A histogram without labels that the registry takes for one of its own: what is observed is counted in an array, and
 * becomes text when somebody asks. The library’s own looks for its labels, and for the bucket by the text of its bound,
 * at each observation: 0.4 µs and 225 bytes.
 */
export class TallyMetric implements Tally {
  readonly name: string
  readonly #help: string
  readonly #bounds: readonly number[]
  /** by bound; the last one is beyond all of them */
  readonly #counts: number[]
  #sum = 0

  constructor({ name, help, buckets }: TallyDefinition) {
    this.name = name
    this.#help = help
    this.#bounds = buckets
    this.#counts = new Array<number>(buckets.length + 1).fill(0)
  }

  observe(value: number): void {
    if (!Number.isFinite(value)) throw new TypeError(`${this.name} can’t count ${value}`)
    let at = 0
    while (at < this.#bounds.length && value > this.#bounds[at]!) at += 1
    this.#counts[at]! += 1
    this.#sum += value
  }

  /** What the registry asks for. */
  async get() {
    const values: Value[] = []
    let count = 0
    for (const [at, le] of [...this.#bounds, '+Inf'].entries()) {
      count += this.#counts[at]!
      values.push({ metricName: `${this.name}_bucket`, labels: { le }, value: count })
    }
    values.push({ metricName: `${this.name}_sum`, labels: {}, value: this.#sum })
    values.push({ metricName: `${this.name}_count`, labels: {}, value: count })
    return { name: this.name, help: this.#help, type: 'histogram', values, aggregator: 'sum' }
  }
}
