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
