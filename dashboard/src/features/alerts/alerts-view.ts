import type { Alert, AlertState, AlertType } from '@iot/contracts'

/** What the address says of the list. Empty: all that are active. */
export interface AlertsQuestion {
  state: '' | AlertState
  severity: '' | Alert['severity']
  type: '' | AlertType
  site: string
  device: string
  q: string
}

const STATES = ['open', 'acknowledged', 'shelved', 'closed'] as const
const SEVERITIES = ['critical', 'warning'] as const
const TYPES = ['threshold', 'connectivity', 'system'] as const

/** A choice that is none of ours is no choice. */
export function readAlertsQuestion(search: URLSearchParams): AlertsQuestion {
  const pick = <Choice extends string>(name: string, choices: readonly Choice[]): Choice | '' =>
    choices.find((choice) => choice === search.get(name)) ?? ''
  return {
    state: pick('state', STATES),
    severity: pick('severity', SEVERITIES),
    type: pick('type', TYPES),
    site: search.get('site') ?? '',
    device: search.get('device') ?? '',
    q: search.get('q') ?? '',
  }
}

/** Active alerts that answer it. `nameOf`: what people call a device. */
export function answerAlerts(
  { state, severity, type, site, device, q }: AlertsQuestion,
  alerts: Iterable<Alert>,
  nameOf: (deviceId: string) => string | undefined,
): Alert[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const matching: Alert[] = []
  for (const alert of alerts) {
    if (
      (state === '' || alert.state === state) &&
      (severity === '' || alert.severity === severity) &&
      (type === '' || alert.type === type) &&
      (site === '' || alert.site === site) &&
      (device === '' || alert.deviceId === device) &&
      hasWords(alert, words, nameOf)
    ) {
      matching.push(alert)
    }
  }
  return matching
}

function hasWords(
  { message, deviceId, sensorType, site, ruleName }: Alert,
  words: readonly string[],
  nameOf: (deviceId: string) => string | undefined,
): boolean {
  if (words.length === 0) return true
  const name = deviceId === undefined ? undefined : nameOf(deviceId)
  const text = [message, deviceId, name, sensorType, site, ruleName].join('\n').toLowerCase()
  return words.every((word) => text.includes(word))
}

/** The same question as REST takes it. */
export function alertsQueryOf({
  state,
  severity,
  type,
  site,
  device,
  q,
}: AlertsQuestion): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ state: state || 'active', severity, type, site, deviceId: device, search: q }).filter(
      ([, value]) => value !== '',
    ),
  )
}
