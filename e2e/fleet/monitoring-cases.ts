import { until } from '@iot/testkit'
import { expect, it } from '@jest/globals'
import { logIn } from '../harness/api.js'
import type { Stack } from './harness/stack.js'

interface Target {
  readonly labels: Readonly<Record<string, string>>
  readonly health: string
  readonly lastError: string
}

/** Processes of ours that Prometheus has to find, and the proxy. */
const LEAST_TARGETS = 10

export function monitoringCases(under: () => Stack): void {
  it('by Prometheus, to which every target is up', async () => {
    const { prometheusUrl } = under()
    let targets: Target[] = []
    const isUp = ({ health }: Target) => health === 'up'
    // Processes that were killed a moment ago are scraped again within some seconds.
    await until(
      'every target is up',
      async () => {
        const answer = await fetch(`${prometheusUrl}/api/v1/targets?state=active`)
        const { data } = (await answer.json()) as { data: { activeTargets: Target[] } }
        targets = data.activeTargets
        return targets.length >= LEAST_TARGETS && targets.every(isUp)
      },
      { withinMs: 120_000, everyMs: 1_000 },
    ).catch(() => {})
    expect(targets.filter((target) => !isUp(target))).toEqual([])
    expect(targets.length).toBeGreaterThanOrEqual(LEAST_TARGETS)
  }, 180_000)

  it('by itself: the processes tell how they are', async () => {
    const api = await logIn(under())
    const status = await until(
      'every service is healthy',
      async () => {
        const told = await api.get<{ status: string; services: Record<string, string> }>('/api/system/status')
        return told.status === 'healthy' && told
      },
      { withinMs: 60_000, everyMs: 500 },
    )
    expect(status.services).toEqual({
      'data-ingestion': 'healthy',
      'websocket-service': 'healthy',
      'api-gateway': 'healthy',
    })
  }, 90_000)
}
