import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { createMetrics } from '../packages/runtime/src/metrics.js'
import { findMetrics } from '../scripts/generate/metrics.js'
import { root } from './source-tree.js'

interface Dashboard {
  uid: string
  title: string
  panels: { title: string; datasource: { uid: string }; targets: { expr: string; legendFormat: string }[] }[]
}
interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[]
}

const folder = join(root, 'config/grafana/dashboards')
const dashboards = readdirSync(folder).map(
  (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Dashboard,
)
const alerts = (
  parse(readFileSync(join(root, 'config/prometheus/alerts.yml'), 'utf8')) as Rules
).groups.flatMap(({ rules }) => rules)
const scrapes = (
  parse(readFileSync(join(root, 'config/prometheus/prometheus.yml'), 'utf8')) as {
    scrape_configs: { job_name: string }[]
  }
).scrape_configs.map((job) => job.job_name)

/** Labels that Prometheus adds, or that stand for a part of a histogram. */
const ADDED_LABELS = ['job', 'instance', 'le']
/** HAProxy’s own; the fleet’s test asks the real one for them. */
const HAPROXY: Record<string, readonly string[]> = {
  haproxy_backend_active_servers: ['proxy'],
  haproxy_backend_current_sessions: ['proxy'],
  haproxy_backend_connection_errors_total: ['proxy'],
  haproxy_frontend_http_responses_total: ['proxy', 'code'],
}

interface Question {
  readonly where: string
  readonly expr: string
  /** names between {{ and }} */
  readonly shown: readonly string[]
}

const questions: Question[] = [
  ...dashboards.flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      panel.targets.map(({ expr, legendFormat }) => ({
        where: `${title} / ${panel.title}`,
        expr,
        shown: [...legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1]!),
      })),
    ),
  ),
  ...alerts.map(({ alert, expr, annotations }) => ({
    where: alert,
    expr,
    shown: [
      ...Object.values(annotations)
        .join(' ')
        .matchAll(/\$labels\.(\w+)/g),
    ].map((match) => match[1]!),
  })),
]

/** Every metric that some target exports, with its labels. */
async function exported(): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>([['up', []], ...Object.entries(HAPROXY)])
  for (const { name, kind, labels } of findMetrics()) {
    found.set(name, labels)
    if (kind === 'histogram')
      for (const part of ['bucket', 'sum', 'count']) found.set(`${name}_${part}`, labels)
  }
  const { body } = await createMetrics({ processMetrics: true }).render()
  for (const [, name = ''] of body.matchAll(/^# TYPE (\w+) /gm)) if (!found.has(name)) found.set(name, [])
  return found
}

const NAME = /\b(?:iot|haproxy)_[a-z0-9_]+\b|\bup\b/g

function labelsOf(expr: string): string[] {
  const matched = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap((match) =>
    [...match[1]!.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map((one) => one[1]!),
  )
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap((match) =>
    match[1]!.split(',').map((label) => label.trim()),
  )
  return [...matched, ...grouped]
}

describe('Grafana’s dashboards and the alert rules', () => {
  it('ask a good many questions', () => {
    expect(dashboards.length).toBeGreaterThanOrEqual(2)
    expect(questions.length).toBeGreaterThan(50)
  })

  it('name only metrics that are exported', async () => {
    const known = await exported()
    const broken = questions.flatMap(({ where, expr }) => {
      const names = [...expr.matchAll(NAME)].map(([name]) => name)
      if (names.length === 0) return [`${where}: no metric in ${expr}`]
      return names.filter((name) => !known.has(name)).map((name) => `${where}: ${name}`)
    })
    expect(broken).toEqual([])
  })

  it('name only labels that those metrics have', async () => {
    const known = await exported()
    const broken = questions.flatMap(({ where, expr, shown }) => {
      const names = [...expr.matchAll(NAME)].map(([name]) => name)
      const labels = new Set([...ADDED_LABELS, ...names.flatMap((name) => known.get(name) ?? [])])
      return [...labelsOf(expr), ...shown]
        .filter((label) => !labels.has(label))
        .map((label) => `${where}: ${label} of ${names.join(', ')}`)
    })
    expect(broken).toEqual([])
  })

  it('name only jobs that are scraped', () => {
    const jobs = questions.flatMap(({ expr }) =>
      [...expr.matchAll(/job=~?"([^"]+)"/g)].flatMap((match) => match[1]!.split('|')),
    )
    expect(jobs.length).toBeGreaterThan(20)
    expect([...new Set(jobs)].filter((job) => !scrapes.includes(job))).toEqual([])
  })

  it('have ids of their own, and the data source that is provisioned', () => {
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length)
    const source = parse(
      readFileSync(join(root, 'config/grafana/provisioning/datasources/prometheus.yml'), 'utf8'),
    ) as { datasources: { uid: string }[] }
    const uids = source.datasources.map(({ uid }) => uid)
    for (const { panels } of dashboards) {
      for (const panel of panels) expect(uids).toContain(panel.datasource.uid)
    }
  })

  it('say what to do about every alert', () => {
    for (const { annotations } of alerts) {
      expect(annotations).toEqual({ summary: expect.any(String), action: expect.any(String) })
    }
  })
})
