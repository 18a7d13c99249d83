import {
  type Alert,
  type AlertTransitionRecord,
  alertSlot,
  type ReadingStatus,
  transitionCounts,
} from '@iot/contracts'
import { isActive, worstSeverity } from '@iot/domain'

/** Closed alerts that are known in full, so that somebody can still comment on them; of older ones, once read past, the episode alone. */
const CLOSED_LIMIT = 1_000
/** Slots whose number of episodes is known though they have no alert. The next opening of one beyond begins at 1. */
const EPISODES_LIMIT = 200_000
/** Requests that are known to have been answered, so that one that comes again is. */
const ACTIONS_LIMIT = 1_000

/** The newest alert of a (rule, key, sensor). */
export interface BookEntry {
  readonly slot: string
  readonly key: string
  readonly sensorType: string | undefined
  /** as the log has it, as far as it has been read */
  actual: Alert | undefined
  /** that, and what is on its way to the log or lies ahead in it: decisions are made on this one */
  expected: Alert | undefined
  /** readings below this offset have been judged */
  upTo: number
  /** and status changes below this one */
  statusUpTo: number
  /** in the order in which they were sent; most of the time none */
  pending: readonly AlertTransitionRecord[]
}

/**
 * What is known of the alerts of one partition, twice: what the log says, and that plus what is on its way. Records on
 * their way are few: a slot makes its next one on what it expects, and no sooner than its condition changes.
 */
export class AlertBook {
  readonly #entries = new Map<string, BookEntry>()
  readonly #ofAlert = new Map<string, BookEntry>()
  readonly #active = new Map<string, Set<BookEntry>>()
  /** closed and without anything on its way, oldest first */
  readonly #closed = new Set<BookEntry>()
  readonly #episodes: Map<string, number>
  readonly #answered: Set<string>
  /** The alert that is expected of a slot is another one, or stands otherwise. */
  onChanged: (entry: BookEntry) => void = () => {}
  /** Whether what was judged for an entry has been read past: until then nobody may judge it again. */
  isPassed: (entry: BookEntry) => boolean = () => true

  constructor(kept?: KeptBook) {
    this.#episodes = new Map(kept?.episodes)
    this.#answered = new Set(kept?.answered)
    for (const { key, upTo, statusUpTo, alert } of kept?.alerts ?? []) {
      const entry = this.#entry(key, alert)
      entry.actual = alert
      entry.upTo = upTo
      entry.statusUpTo = statusUpTo
      this.#expect(entry)
    }
  }

  /** A record of the log, in order; answers whether it counts. */
  apply(record: AlertTransitionRecord): boolean {
    const entry = this.#entry(record.key, record.alert)
    const isCounted = transitionCounts(entry.actual, record)
    if (isCounted) {
      entry.actual = record.alert
      fence(entry, record)
    }
    entry.pending = without(entry.pending, record)
    this.#answer(record.actionId)
    this.#expect(entry)
    return isCounted
  }

  /** A record is on its way, or lies ahead in the log. */
  await(record: AlertTransitionRecord): void {
    const entry = this.#entry(record.key, record.alert)
    entry.pending = [...entry.pending, record]
    this.#answer(record.actionId)
    this.#expect(entry)
  }

  /** The newest alert of a slot. */
  of(slot: string): BookEntry | undefined {
    return this.#entries.get(slot)
  }

  /** By the id of the alert, where it is the newest of its slot. */
  ofAlert(alertId: string): BookEntry | undefined {
    const entry = this.#ofAlert.get(alertId)
    return entry?.expected?.alertId === alertId ? entry : undefined
  }

  /** The number of the next episode of a slot. */
  nextEpisode(slot: string): number {
    return (this.#entries.get(slot)?.expected?.episode ?? this.#episodes.get(slot) ?? 0) + 1
  }

  /** Whether a slot is expected to have an active alert. */
  isActive(slot: string): boolean {
    const expected = this.#entries.get(slot)?.expected
    return expected !== undefined && isActive(expected)
  }

  /** Entries that are expected to have an active alert. */
  *active(): Iterable<BookEntry> {
    for (const entries of this.#active.values()) yield* entries
  }

  /** Those of a device as a whole, or of one of its sensors. */
  activeOf(key: string, sensorType: string | undefined): Iterable<BookEntry> {
    return this.#active.get(placeOf(key, sensorType)) ?? []
  }

  /** How bad the readings of a sensor are now. */
  statusOf(key: string, sensorType: string): ReadingStatus {
    const entries = this.#active.get(placeOf(key, sensorType))
    return entries ? worstSeverity([...entries].map(({ expected }) => expected!)) : 'normal'
  }

  isAnswered(actionId: string): boolean {
    return this.#answered.has(actionId)
  }

  /** A request has its answer, or has it on the way. */
  answer(actionId: string): void {
    this.#answer(actionId)
  }

  /** What the log says; what is on its way is in the log by the time this is read again. */
  keep(): KeptBook {
    const alerts = [...this.#entries.values()].flatMap(({ key, upTo, statusUpTo, actual }) =>
      actual ? [{ key, upTo, statusUpTo, alert: actual }] : [],
    )
    return { alerts, episodes: [...this.#episodes], answered: [...this.#answered] }
  }

  #entry(key: string, { ruleId, sensorType }: Pick<Alert, 'ruleId' | 'sensorType'>): BookEntry {
    const slot = alertSlot(ruleId, key, sensorType)
    let entry = this.#entries.get(slot)
    if (!entry) {
      const none = { actual: undefined, expected: undefined, upTo: 0, statusUpTo: 0, pending: [] }
      entry = { slot, key, sensorType, ...none }
      this.#entries.set(slot, entry)
    }
    return entry
  }

  #expect(entry: BookEntry): void {
    const before = entry.expected
    let expected = entry.actual
    for (const record of entry.pending) {
      if (!transitionCounts(expected, record)) continue
      expected = record.alert
      fence(entry, record)
    }
    entry.expected = expected
    if (before !== expected) this.#file(entry, before)
    this.#settle(entry)
    if (before !== expected) this.onChanged(entry)
  }

  #file(entry: BookEntry, before: Alert | undefined): void {
    const { key, sensorType, expected } = entry
    if (before && before.alertId !== expected?.alertId) this.#ofAlert.delete(before.alertId)
    if (expected) this.#ofAlert.set(expected.alertId, entry)
    const place = placeOf(key, sensorType)
    const there = this.#active.get(place)
    if (expected && isActive(expected)) {
      if (there) there.add(entry)
      else this.#active.set(place, new Set([entry]))
    } else if (there?.delete(entry) && there.size === 0) {
      this.#active.delete(place)
    }
  }

  /** Forgets the oldest of too many closed ones, but for how many there were. */
  #settle(entry: BookEntry): void {
    const isOver = entry.pending.length === 0 && !(entry.actual && isActive(entry.actual))
    this.#closed.delete(entry)
    if (!isOver) return
    this.#closed.add(entry)
    for (const oldest of this.#closed) {
      if (this.#closed.size <= CLOSED_LIMIT || !this.isPassed(oldest)) return
      this.#forget(oldest)
    }
  }

  #forget(entry: BookEntry): void {
    this.#closed.delete(entry)
    this.#entries.delete(entry.slot)
    if (!entry.actual) return
    this.#ofAlert.delete(entry.actual.alertId)
    this.#episodes.delete(entry.slot)
    this.#episodes.set(entry.slot, entry.actual.episode)
    shorten(this.#episodes, EPISODES_LIMIT)
  }

  #answer(actionId: string | undefined): void {
    if (actionId === undefined) return
    this.#answered.add(actionId)
    shorten(this.#answered, ACTIONS_LIMIT)
  }
}

export interface KeptBook {
  readonly alerts: readonly KeptAlert[]
  readonly episodes: readonly (readonly [slot: string, episode: number])[]
  readonly answered: readonly string[]
}

interface KeptAlert {
  readonly key: string
  readonly upTo: number
  readonly statusUpTo: number
  readonly alert: Alert
}

/** Only what the rules decide says how far was judged: a comment in between does not. */
function fence(entry: BookEntry, { transition, upTo, statusUpTo = 0 }: AlertTransitionRecord): void {
  if (transition !== 'opened' && transition !== 'closed') return
  entry.upTo = Math.max(entry.upTo, upTo)
  entry.statusUpTo = Math.max(entry.statusUpTo, statusUpTo)
}

function placeOf(key: string, sensorType: string | undefined): string {
  return `${key}\n${sensorType ?? ''}`
}

/** The same decision may have been made, and written, by another member too: one of them is as good as the other. */
function without(
  pending: readonly AlertTransitionRecord[],
  { alert, transition, actionId }: AlertTransitionRecord,
): readonly AlertTransitionRecord[] {
  const at = pending.findIndex(
    (one) =>
      one.alert.alertId === alert.alertId &&
      one.alert.seq === alert.seq &&
      one.transition === transition &&
      one.actionId === actionId,
  )
  return at < 0 ? pending : [...pending.slice(0, at), ...pending.slice(at + 1)]
}

function shorten(kept: Map<string, unknown> | Set<string>, limit: number): void {
  if (kept.size <= limit) return
  for (const oldest of kept.keys()) {
    kept.delete(oldest)
    return
  }
}
