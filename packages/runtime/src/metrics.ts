import { statfsSync } from 'node:fs'
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from 'prom-client'
import { type Tally, TallyMetric } from './tally.js'

/**
 * The metrics of a process. Names begin with `iot_` and end in their base unit; labels never hold a device
 * or a user. Every label value that is known is primed with 0, so that a rate over it works from the start.
 */
export interface Metrics {
  counter<Label extends string = never>(definition: MetricDefinition<Label>): Counter<Label>
  gauge<Label extends string = never>(
    definition: MetricDefinition<Label> & { collect?: () => number },
  ): Gauge<Label>
  histogram<Label extends string = never>(
    definition: MetricDefinition<Label> & { buckets: number[] },
  ): Histogram<Label>
  /** A histogram without labels, for what happens with every message. */
  tally(definition: Pick<MetricDefinition<never>, 'name' | 'help'> & { buckets: readonly number[] }): Tally
  /** Prometheus text format, and its content type. */
  render(): Promise<{ contentType: string; body: string }>
}

export interface MetricDefinition<Label extends string> {
  readonly name: `iot_${string}`
  readonly help: string
  /** label names with the values that are known beforehand */
  readonly labels?: Readonly<Record<Label, readonly string[]>>
}

export type { Counter, Gauge, Histogram, Tally }

/**
 * Between two looks how late the event loop is. Each wakes the process: at the default, a hundred times a second. Node
 * counts this time as a part of the lag.
 */
const LAG_EVERY_MS = 100

export function createMetrics(options: { processMetrics: boolean } = { processMetrics: false }): Metrics {
  const registry = new Registry()
  const metrics: Metrics = {
    counter(definition) {
      const counter = new Counter({ ...named(definition), registers: [registry] })
      prime(definition.labels, (labels) => counter.inc(labels, 0))
      return counter
    },
    gauge(definition) {
      const { collect } = definition
      const gauge = new Gauge({
        ...named(definition),
        registers: [registry],
        ...(collect && {
          collect() {
            this.set(collect())
          },
        }),
      })
      return gauge
    },
    histogram(definition) {
      const histogram = new Histogram({
        ...named(definition),
        buckets: definition.buckets,
        registers: [registry],
      })
      prime(definition.labels, (labels) => histogram.zero(labels))
      return histogram
    },
    tally(definition) {
      const tally = new TallyMetric(definition)
      // The registry keeps names apart and asks for what `get` answers; its type names the library’s own classes alone.
      registry.registerMetric(tally as unknown as Metric)
      return tally
    },
    async render() {
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
  }
  if (options.processMetrics) {
    collectDefaultMetrics({
      register: registry,
      prefix: 'iot_',
      eventLoopMonitoringPrecision: LAG_EVERY_MS,
    })
    addDiskMetrics(metrics)
  }
  return metrics
}

/**
 * The disk under the working directory. In a container that is the one under Docker's own folder, where volumes lie too
 * unless somebody has put them elsewhere.
 */
function addDiskMetrics(metrics: Metrics): void {
  metrics.gauge({
    name: 'iot_disk_free_bytes',
    help: 'What is free on the disk under the process.',
    collect() {
      const { bsize, bavail } = statfsSync('.')
      return bsize * bavail
    },
  })
  metrics.gauge({
    name: 'iot_disk_size_bytes',
    help: 'Size of the disk under the process.',
    collect() {
      const { bsize, blocks } = statfsSync('.')
      return bsize * blocks
    },
  })
}

function named<Label extends string>(definition: MetricDefinition<Label>) {
  return {
    name: definition.name,
    help: definition.help,
    labelNames: Object.keys(definition.labels ?? {}) as Label[],
  }
}

function prime<Label extends string>(
  labels: Readonly<Record<Label, readonly string[]>> | undefined,
  touch: (labels: Record<Label, string>) => void,
): void {
  if (!labels) return
  let combinations: Record<string, string>[] = [{}]
  for (const [label, values] of Object.entries<readonly string[]>(labels)) {
    combinations = combinations.flatMap((one) => values.map((value) => ({ ...one, [label]: value })))
  }
  for (const combination of combinations) touch(combination as Record<Label, string>)
}
