import { describe, expect, it } from '@jest/globals'
import { createMetrics, type Metrics } from './metrics.js'

async function linesOf(metrics: Metrics): Promise<string[]> {
  const { body } = await metrics.render()
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

describe('metrics', () => {
  it('are there with 0 for every combination of known label values before anything has happened', async () => {
    const metrics = createMetrics()
    const labels = { way: ['in', 'out'], outcome: ['ok', 'failed'] }
    const messages = metrics.counter({ name: 'iot_messages_total', help: 'Messages.', labels })
    expect(await linesOf(metrics)).toEqual([
      'iot_messages_total{way="in",outcome="ok"} 0',
      'iot_messages_total{way="in",outcome="failed"} 0',
      'iot_messages_total{way="out",outcome="ok"} 0',
      'iot_messages_total{way="out",outcome="failed"} 0',
    ])
    messages.inc({ way: 'out', outcome: 'ok' }, 3)
    expect(await linesOf(metrics)).toContain('iot_messages_total{way="out",outcome="ok"} 3')
  })

  it('are there with 0 without labels, too', async () => {
    const metrics = createMetrics()
    metrics.counter({ name: 'iot_failures_total', help: 'Failures.' })
    metrics.gauge({ name: 'iot_open_sockets', help: 'Sockets.' })
    expect(await linesOf(metrics)).toEqual(['iot_failures_total 0', 'iot_open_sockets 0'])
  })

  it('have the empty buckets of a histogram for every known label value', async () => {
    const metrics = createMetrics()
    const labels = { step: ['read', 'write'] }
    metrics.histogram({ name: 'iot_step_seconds', help: 'Steps.', labels, buckets: [0.1, 1] })
    for (const step of labels.step) {
      expect(await linesOf(metrics)).toEqual(
        expect.arrayContaining([
          `iot_step_seconds_bucket{le="0.1",step="${step}"} 0`,
          `iot_step_seconds_bucket{le="+Inf",step="${step}"} 0`,
          `iot_step_seconds_count{step="${step}"} 0`,
        ]),
      )
    }
  })

  it('write a tally as the library writes a histogram', async () => {
    const [metrics, library] = [createMetrics(), createMetrics()]
    const definition = { name: 'iot_step_seconds', help: 'Steps.', buckets: [0.1, 1, 10] } as const
    const tally = metrics.tally(definition)
    const histogram = library.histogram({ ...definition, buckets: [...definition.buckets] })
    expect((await metrics.render()).body).toBe((await library.render()).body)
    for (const seconds of [0, 0.1, 0.100001, 1, 5, 10, 11, 1e9]) {
      tally.observe(seconds)
      histogram.observe(seconds)
    }
    expect((await metrics.render()).body).toBe((await library.render()).body)
    expect(() => tally.observe(Number.NaN)).toThrow(TypeError)
    expect((await metrics.render()).body).toBe((await library.render()).body)
  })

  it('refuse a name for two', () => {
    const metrics = createMetrics()
    const definition = { name: 'iot_step_seconds', help: 'Steps.', buckets: [1] } as const
    metrics.tally(definition)
    expect(() => metrics.tally(definition)).toThrow('iot_step_seconds')
  })

  it('ask a gauge for its value when they are read', async () => {
    const metrics = createMetrics()
    let length = 1
    metrics.gauge({ name: 'iot_queue_length', help: 'Queue.', collect: () => length })
    expect(await linesOf(metrics)).toEqual(['iot_queue_length 1'])
    length = 2
    expect(await linesOf(metrics)).toEqual(['iot_queue_length 2'])
  })

  it('belong to one owner: two in a process share nothing', async () => {
    const [one, other] = [createMetrics(), createMetrics()]
    one.counter({ name: 'iot_failures_total', help: 'Failures.' }).inc()
    other.counter({ name: 'iot_failures_total', help: 'Failures.' })
    expect(await linesOf(other)).toEqual(['iot_failures_total 0'])
  })

  it('tell of the process where that is asked for', async () => {
    const { body, contentType } = await createMetrics({ processMetrics: true }).render()
    expect(contentType).toContain('text/plain')
    expect(body).toMatch(/^iot_process_resident_memory_bytes \d+/m)
  })

  it('of a process tell the disk under it', async () => {
    const lines = await linesOf(createMetrics({ processMetrics: true }))
    const bytes = (name: string) => Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1])
    expect(bytes('iot_disk_size_bytes')).toBeGreaterThan(1_000_000)
    expect(bytes('iot_disk_free_bytes')).toBeGreaterThanOrEqual(0)
    expect(bytes('iot_disk_free_bytes')).toBeLessThanOrEqual(bytes('iot_disk_size_bytes'))
  })
})
