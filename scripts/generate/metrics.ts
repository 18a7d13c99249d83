import { sourceFiles } from '../../tests/source-tree.js'
import { MADE } from './reference.js'

interface FoundMetric {
  readonly name: string
  readonly kind: string
  readonly help: string
  readonly labels: readonly string[]
  readonly where: string
}

/** Where metrics are defined, by the folder that their files lie below. */
const SERVICES: readonly [RegExp, string][] = [
  [/^services\/([a-z-]+)\//, '$1'],
  [/^packages\/adapters\/([a-z-]+)\//, 'adapter $1'],
  [/^packages\/runtime\//, 'every process'],
]
const DEFINITION =
  /\.(counter|gauge|histogram|tally)(?:<[^>]*>)?\(\{\s*name: '(iot_\w+)',\s*help:\s*(['"])(.*?)\3,/gs
const LABELS = /labels: \{([^}]*)\}/

/** Every metric of our own that the sources define, in order of their names. */
export function findMetrics(): FoundMetric[] {
  const found = ['packages', 'services']
    .flatMap(sourceFiles)
    .filter(({ isTest }) => !isTest)
    .flatMap(({ path, text }) =>
      [...text.matchAll(DEFINITION)].map((match) => {
        const [whole, kind = '', name = '', , help = ''] = match
        const rest = text.slice(match.index + whole.length)
        const labels = LABELS.exec(rest.slice(0, rest.indexOf('})')))?.[1] ?? ''
        const written = kind === 'tally' ? 'histogram' : kind
        return { name, kind: written, help, labels: keysOf(labels), where: whereOf(path) }
      }),
    )
  return found.sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Of `code: ['a', 'b'], reason` the names before the colons, and those that stand alone. */
function keysOf(text: string): string[] {
  return text
    .replace(/\[[^\]]*\]/g, '')
    .split(',')
    .map((part) => part.split(':')[0]!.trim())
    .filter(Boolean)
}

function whereOf(path: string): string {
  const rule = SERVICES.find(([pattern]) => pattern.test(path))
  return rule ? path.match(rule[0])![0].replace(...rule) : path
}

export function metricsReference(): string {
  const rows = findMetrics().map(
    ({ name, kind, help, labels, where }) =>
      `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${where} | ${help} |`,
  )
  return `${MADE}# Metrics

Every process serves \`/metrics\` for Prometheus (METRICS_ENABLED). Names begin with \`iot_\` and end in their base
unit; no label holds a device or a user. Beside these, each process exports what Node’s client library knows of
the process itself, under \`iot_process_\` and \`iot_nodejs_\`.

| metric | kind | labels | of | what it says |
|---|---|---|---|---|
${rows.join('\n')}
`
}
