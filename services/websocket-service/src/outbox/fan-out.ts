import { type AlertSubject, seesSystem } from '../rooms/alert-subject.js'
import type { Audience, Plan, Rooms, Watchers } from '../rooms/rooms.js'
import type { Session } from '../sessions/session.js'
import type { WindowItem } from '../window/window-log.js'
import { createBundle, createFrame, type Frame } from './frame.js'
import type { Tally } from './tally.js'

/** Events joined into one write at most, so that a client's backlog is looked at in between. */
const MAX_RUN = 64
const NOBODY: readonly Audience[] = []

export interface FanOutDeps {
  readonly rooms: Pick<
    Rooms,
    'plan' | 'everyone' | 'hasLimitedWatchers' | 'limitedWatchersOf' | 'limitedWatchersAt' | 'allWatchers'
  >
  readonly tally: Tally
  /** The client has no room for more: from this place on it does not get each reading. */
  onFull(session: Session, seq: number): void
}

export interface FanOut {
  /** Writes readings to those who get them one by one. */
  readings(items: readonly WindowItem[]): void
  /** Writes status changes; never merged, whatever the client's backlog (past its second bound it is closed). */
  status(items: readonly WindowItem[]): void
  /** Writes transitions of alerts, whose subjects go with them; never merged either. */
  alerts(items: readonly WindowItem[], subjects: readonly AlertSubject[]): void
}

/**
 * Writes single events: each body is encoded once per event name, and events in a row that go to the same
 * sessions are one write. Nothing passes through Socket.IO's rooms or adapter.
 */
export function createFanOut(deps: FanOutDeps): FanOut {
  const { rooms, tally, onFull } = deps

  function writeReadings(run: readonly WindowItem[], audiences: readonly Audience[], frames: Frames): void {
    for (const { names, sessions } of audiences) {
      const bundle = createBundle(frames(run, names))
      let written = 0
      for (const session of sessions) {
        const { outbox } = session
        if (outbox.lagsFrom !== undefined) continue
        if (!outbox.hasRoom()) onFull(session, run[0]!.seq)
        else if (outbox.write(bundle)) written += 1
      }
      for (const name of names) tally.add(name, written * run.length, written * run.length)
    }
  }

  function writeUnmerged(run: readonly WindowItem[], audiences: readonly Audience[], frames: Frames): void {
    for (const { names, sessions } of audiences) {
      const bundle = createBundle(frames(run, names))
      let written = 0
      for (const session of sessions) if (session.outbox.write(bundle)) written += 1
      for (const name of names) tally.add(name, written * run.length, 0)
    }
  }

  /** Devices with subscribers of their own go by their plans, the others in a row to each group of watchers what it sees. */
  function forEachAudience(
    items: readonly WindowItem[],
    kind: keyof Plan,
    write: typeof writeReadings,
  ): void {
    forEachRun(items, rooms, (run, plan) => {
      const audiences = plan ? plan[kind] : (rooms.everyone?.plan[kind] ?? NOBODY)
      const isLimited = !plan && rooms.hasLimitedWatchers
      if (audiences.length === 0 && !isLimited) return
      const frames = createFrameCache(run)
      write(run, audiences, frames)
      if (!isLimited) return
      for (const [watchers, seen] of sortByWatchers(run, rooms)) write(seen, watchers.plan[kind], frames)
    })
  }

  return {
    readings: (items) => forEachAudience(items, 'readings', writeReadings),
    status: (items) => forEachAudience(items, 'status', writeUnmerged),
    alerts(items, subjects) {
      let from = 0
      for (const [at, subject] of subjects.entries()) {
        if (isOfDevice(subject)) continue
        forEachAudience(items.slice(from, at), 'alerts', writeUnmerged)
        const run = [items[at]!]
        writeUnmerged(run, audiencesOf(subject, rooms), createFrameCache(run))
        from = at + 1
      }
      forEachAudience(items.slice(from), 'alerts', writeUnmerged)
    },
  }
}

function isOfDevice(subject: AlertSubject): subject is { deviceId: string } {
  return subject !== 'system' && subject.deviceId !== undefined
}

/** Who watches all alerts and may see one that is about no device. */
function audiencesOf(
  subject: Exclude<AlertSubject, { deviceId: string }>,
  rooms: Pick<Rooms, 'everyone' | 'limitedWatchersAt' | 'allWatchers'>,
): Audience[] {
  if (subject !== 'system') {
    const groups = [...(rooms.everyone ? [rooms.everyone] : []), ...rooms.limitedWatchersAt(subject.site)]
    return groups.flatMap(({ plan }) => plan.alerts)
  }
  return [...rooms.allWatchers()].flatMap(({ plan }) =>
    plan.alerts.map(({ names, sessions }) => ({
      names,
      sessions: sessions.filter(seesSystem),
    })),
  )
}

/** What each group of watchers limited to sites sees of a run. */
function sortByWatchers(
  run: readonly WindowItem[],
  rooms: Pick<Rooms, 'limitedWatchersOf'>,
): Map<Watchers, WindowItem[]> {
  const seen = new Map<Watchers, WindowItem[]>()
  for (const item of run) {
    for (const watchers of rooms.limitedWatchersOf(item.entry.deviceId)) {
      const items = seen.get(watchers)
      if (items) items.push(item)
      else seen.set(watchers, [item])
    }
  }
  return seen
}

/** Cuts items into runs with the same plan, or with none. */
function forEachRun(
  items: readonly WindowItem[],
  rooms: Pick<Rooms, 'plan'>,
  visit: (run: readonly WindowItem[], plan: Plan | undefined) => void,
): void {
  let from = 0
  while (from < items.length) {
    const plan = rooms.plan(items[from]!.entry.deviceId)
    let to = from + 1
    while (to < items.length && to - from < MAX_RUN && rooms.plan(items[to]!.entry.deviceId) === plan) to += 1
    visit(items.slice(from, to), plan)
    from = to
  }
}

type Frames = (items: readonly WindowItem[], names: readonly string[]) => Frame[]

/** Frames of items of a run under some names, item by item; each (item, name) is encoded once. */
function createFrameCache(run: readonly WindowItem[]): Frames {
  const byName = new Map<string, Frame[]>()
  const first = run[0]!.seq

  function framesOf(name: string, items: readonly WindowItem[]): Frame[] {
    let known = byName.get(name)
    if (!known) {
      known = []
      byName.set(name, known)
    }
    const frames: Frame[] = []
    for (const { seq, entry } of items) {
      // The items of a run follow on each other in the window.
      known[seq - first] ??= createFrame(name, entry.json)
      frames.push(known[seq - first]!)
    }
    return frames
  }

  return (items, names) => {
    if (names.length === 1) return framesOf(names[0]!, items)
    const lists = names.map((name) => framesOf(name, items))
    return items.flatMap((_, index) => lists.map((frames) => frames[index]!))
  }
}
