import type { EventLog, LiveBus, LiveState, RateCounter, SnapshotStore } from '@iot/ports'
import type { Component } from '@iot/runtime'
import type { OpenedDatabase } from './open-database.js'
import type { OpenPortsDeps } from './open-ports.js'

/**
 * Of the memory of the resume window, what the bus keeps of it. Sockets in the same process hold the window
 * itself, and miss nothing that the bus would have to give again.
 */
const BUS_WINDOW_SHARE = 1 / 8

export interface OpenedLive {
  readonly ports: {
    readonly bus: LiveBus
    readonly state: LiveState
    readonly counter: RateCounter
    readonly snapshots?: SnapshotStore
  }
  /** The log whose events the bus carries. */
  readonly identity: Pick<EventLog, 'epoch'> | undefined
  readonly components: readonly Component[]
}

/** What is live and shared: in Redis where there is one, in this process otherwise. */
export async function openLive(
  { config, clock, logger }: OpenPortsDeps,
  { store }: { store: OpenedDatabase | undefined },
): Promise<OpenedLive> {
  const memory = await import('@iot/adapter-memory')
  const windowBytes = config.LIVE_WINDOW_BYTES * BUS_WINDOW_SHARE
  const bus = memory.createInProcessBus({ clock, logger, windowBytes })
  return {
    ports: {
      bus,
      state: bus,
      counter: memory.createMemoryRateCounter({ clock }),
      ...(store && { snapshots: store.postgres.createPostgresSnapshotStore({ database: store.database }) }),
    },
    identity: undefined,
    components: [bus],
  }
}
