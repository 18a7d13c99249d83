import { COMPOSE_VARIABLES, RETIRED_VARIABLES, VARIABLES } from '@iot/contracts'
import type { TSchema } from 'typebox'

interface Named {
  secret?: boolean
  aliases?: string[]
}

/** Names that begin so are meant for us; shorter beginnings are other programs’ too. */
const OUR_PREFIXES = ['SOCKET_', 'MQTT_', 'EMBEDDED_POSTGRES_']
/** Below this length, a name two letters away is somebody else’s more often than a typo. */
const MIN_LENGTH = 6
const MAX_TYPOS = 2
/** Further off than this part of its letters, a name is not the one that was meant. */
const LIKELY_SHARE = 0.4
/** Kubernetes and Docker tell of a neighbour called `mqtt` by these; nobody has mistyped them. */
const SERVICE_LINK = /_(SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP)(_[A-Z]+)?)$/

/**
 * A sentence for each set variable that looks like one of ours and is none, so that a typo does not become the
 * default in silence. Names alone, never values. Not a fault: other programs have variables, too.
 */
export function findUnknownVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = knownNames()
  // One .env may serve `npm start` and `docker compose up`.
  const knownSet = new Set([...known, ...Object.keys(RETIRED_VARIABLES), ...Object.keys(COMPOSE_VARIABLES)])
  const notices: string[] = []
  for (const [name, value] of Object.entries(environment)) {
    if (!value || knownSet.has(name) || SERVICE_LINK.test(name)) continue
    const notice = noticeOf(name, known)
    if (notice) notices.push(notice)
  }
  return notices
}

/** All that are read by any of our processes: one environment may serve several. */
function knownNames(): string[] {
  const variables: Readonly<Record<string, TSchema & Named>> = VARIABLES
  return Object.entries(variables).flatMap(([name, { secret, aliases = [] }]) => [
    name,
    ...aliases,
    ...(secret ? [`${name}_FILE`] : []),
  ])
}

function noticeOf(name: string, known: readonly string[]): string | undefined {
  const near = nearest(
    name,
    known.filter((one) => one.length >= MIN_LENGTH && Math.abs(one.length - name.length) <= MAX_TYPOS),
  )
  if (near && near.distance <= MAX_TYPOS) return `${name} has no effect: did you mean ${near.name}?`
  const prefix = OUR_PREFIXES.find((one) => name.startsWith(one))
  if (!prefix) return undefined
  const likely = nearest(
    name,
    known.filter((one) => one.startsWith(prefix)),
  )
  return likely && likely.distance <= name.length * LIKELY_SHARE
    ? `${name} has no effect: did you mean ${likely.name}?`
    : `${name} has no effect: no variable has this name`
}

function nearest(
  name: string,
  candidates: readonly string[],
): { name: string; distance: number } | undefined {
  let best: { name: string; distance: number } | undefined
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate)
    if (!best || distance < best.distance) best = { name: candidate, distance }
  }
  return best
}

/** Letters put in, left out or replaced (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[to.length]!
}
