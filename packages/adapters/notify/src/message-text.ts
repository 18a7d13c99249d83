import type { AlertEvent, AlertTransition } from '@iot/contracts'
import type { OutgoingMessage } from '@iot/ports'

/** Alerts that a message of words names; the others it counts. */
const MAX_LINES = 20
const TITLE_CHARACTERS = 150

const WORDS: Readonly<Record<AlertTransition, string>> = {
  opened: 'opened',
  acknowledged: 'acknowledged',
  shelved: 'shelved',
  unshelved: 'no longer shelved',
  commented: 'commented',
  closed: 'closed',
}

export interface MessageText {
  readonly title: string
  /** one per alert, the newest state of each, worst first */
  readonly lines: readonly string[]
  /** of those that the message leaves things as */
  readonly severity: 'critical' | 'warning' | 'over'
  /** where the dashboard shows it, where that is known */
  readonly link?: string
}

/** A message for people: of each alert what became of it in the end. */
export function messageText(
  { event, alerts, channel }: OutgoingMessage,
  frontUrl: string | undefined,
): MessageText {
  if (event === 'test') {
    const line = `This is a test of the channel “${channel.name}”. Alerts would look like this.`
    return { title: 'IoT Monitoring: test message', lines: [line], severity: 'over' }
  }
  const newest = [...newestOf(alerts)].sort((one, other) => rank(one) - rank(other))
  const lines = newest.slice(0, MAX_LINES).map(lineOf)
  if (newest.length > MAX_LINES) lines.push(`… and ${newest.length - MAX_LINES} more`)
  const isOver = newest.every(({ state }) => state === 'closed')
  const isCritical = newest.some(({ severity, state }) => severity === 'critical' && state !== 'closed')
  return {
    title: oneLine(titleOf(newest)).slice(0, TITLE_CHARACTERS),
    lines,
    severity: isOver ? 'over' : isCritical ? 'critical' : 'warning',
    ...(frontUrl !== undefined && { link: linkTo(frontUrl, newest) }),
  }
}

/** All of a message as lines, for who has no other place for a part of it. */
export function allLines({ title, lines, link }: MessageText): string[] {
  return [title, ...lines, ...(link === undefined ? [] : [link])]
}

/** The page of the one alert, or the list. */
function linkTo(frontUrl: string, alerts: readonly AlertEvent[]): string {
  const page = alerts.length === 1 ? `/alerts/${encodeURIComponent(alerts[0]!.alertId)}` : '/alerts'
  return frontUrl.replace(/\/+$/, '') + page
}

function newestOf(alerts: readonly AlertEvent[]): Iterable<AlertEvent> {
  return new Map(alerts.map((alert) => [alert.alertId, alert])).values()
}

function rank({ state, severity }: AlertEvent): number {
  return (state === 'closed' ? 2 : 0) + (severity === 'critical' ? 0 : 1)
}

function titleOf(alerts: readonly AlertEvent[]): string {
  const only = alerts.length === 1 ? alerts[0] : undefined
  if (only) return `${WORDS[only.transition]} (${only.severity}): ${only.message}`
  const counts = new Map<string, number>()
  for (const { transition } of alerts) {
    counts.set(WORDS[transition], (counts.get(WORDS[transition]) ?? 0) + 1)
  }
  const parts = [...counts].map(([word, count]) => `${count} ${word}`)
  return `${alerts.length} alerts: ${parts.join(', ')}`
}

function lineOf(alert: AlertEvent): string {
  const { severity, transition, message, timestamp, deviceId, sensorType, site, by, flapping } = alert
  const about = [deviceId, sensorType, site].filter((part) => part !== undefined).join(', ')
  const word = `${WORDS[transition]}${by === undefined ? '' : ` by ${by}`}${flapping ? ', flapping' : ''}`
  return oneLine(`[${severity}] ${word}: ${message}${about && ` (${about})`} ${timestamp}`)
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
}
