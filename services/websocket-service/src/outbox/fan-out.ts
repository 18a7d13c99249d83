import type { Audience, Plan, Rooms } from '../rooms/rooms.js'
import type { Session } from '../sessions/session.js'
import type { WindowItem } from '../window/window-log.js'
import { createBundle, createFrame, type Frame } from './frame.js'
import type { Tally } from './tally.js'

/** Events joined into one write at most, so that a client's backlog is looked at in between. */
const MAX_RUN = 64

export interface FanOutDeps {
  readonly rooms: Pick<Rooms, 'plan'>
  readonly tally: Tally
  /** The client has no room for more: from this place on it does not get each reading. */
  onFull(session: Session, seq: number): void
}

export interface FanOut {
  /** Writes readings to those who get them one by one. */
  readings(items: readonly WindowItem[]): void
  /** Writes status changes; never merged, whatever the client's backlog (past its second bound it is closed). */
  status(items: readonly WindowItem[]): void
}

/**
 * Writes single events: each body is encoded once per event name, and events in a row that go to the same
 * sessions are one write. Nothing passes through Socket.IO's rooms or adapter.
 */
export function createFanOut(deps: FanOutDeps): FanOut {
  const { rooms, tally, onFull } = deps

  function writeReadings(run: readonly WindowItem[], plan: Plan): void {
    const frames = createFrameCache(run)
    for (const { names, sessions } of plan.readings) {
      const bundle = createBundle(frames(names))
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

  function writeStatus(run: readonly WindowItem[], plan: Plan): void {
    const frames = createFrameCache(run)
    for (const { names, sessions } of plan.status) {
      const bundle = createBundle(frames(names))
      let written = 0
      for (const session of sessions) if (session.outbox.write(bundle)) written += 1
      for (const name of names) tally.add(name, written * run.length, 0)
    }
  }

  return {
    readings: (items) =>
      forEachRun(items, rooms, (run, plan) => has(plan.readings) && writeReadings(run, plan)),
    status: (items) => forEachRun(items, rooms, (run, plan) => has(plan.status) && writeStatus(run, plan)),
  }
}

function has(audiences: readonly Audience[]): boolean {
  return audiences.length > 0
}

/** Cuts items into runs with the same plan. */
function forEachRun(
  items: readonly WindowItem[],
  rooms: Pick<Rooms, 'plan'>,
  visit: (run: readonly WindowItem[], plan: Plan) => void,
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

/** The frames of a run under some names, item by item; each (item, name) is encoded once. */
function createFrameCache(run: readonly WindowItem[]): (names: readonly string[]) => Frame[] {
  const byName = new Map<string, Frame[]>()

  function framesOf(name: string): Frame[] {
    let frames = byName.get(name)
    if (!frames) {
      frames = run.map(({ entry }) => createFrame(name, entry.json))
      byName.set(name, frames)
    }
    return frames
  }

  return (names) => {
    const [first] = names
    if (first !== undefined && names.length === 1) return framesOf(first)
    const lists = names.map(framesOf)
    return run.flatMap((_, index) => lists.map((frames) => frames[index]!))
  }
}
