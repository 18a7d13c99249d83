import type { Connection, ConnectionActivity, FleetFigures, Role } from '@iot/contracts'

/**
 * Who is connected, over all replicas of websocket-service. Each replica reports its own connections, at least every
 * few seconds; one that has been silent for longer than `ttlMs` (of the adapter) counts as gone with all it had.
 * What each process sees is the same, and nothing is told twice: joins and leaves go to exactly one of those who report.
 *
 * All methods reject (retriable) while the board is away.
 */
export interface PresenceBoard {
  /**
   * Asks for one more connection of a user from an address, given what this replica has, that one included. One step
   * over the fleet: replicas that ask at once never exceed a limit together. What is taken lasts until it is reported
   * otherwise (`places`) or the replica has gone.
   */
  takePlace(request: PlaceRequest): Promise<PlaceAnswer>

  /**
   * Takes in what a replica has, and looks after the whole fleet: replicas that have gone, users whose time to come
   * back is over. The answer is for this caller alone to announce.
   */
  report(report: PresenceReport): Promise<PresenceNews>

  /** The replica ends in order: all it had is gone, and its users have `graceMs` to come back elsewhere. */
  withdraw(replica: string): Promise<void>

  /** Connections, newest first, after one; `user` and `replica` filter. */
  list(query: ConnectionListQuery): Promise<Connection[]>
  find(sessionId: string): Promise<Connection | undefined>
  figures(): Promise<FleetFigures>

  /** Adds to what happened; joins and leaves the board notes by itself. The oldest beyond ACTIVITY_LENGTH are forgotten. */
  note(activity: ConnectionActivity): Promise<void>
  /** What happened, newest first. */
  activity(): Promise<ConnectionActivity[]>
}

/** A user or an address, in the figures of one replica. */
export interface PlaceCount {
  readonly of: 'user' | 'address'
  readonly id: string
  /** connections that this replica has of it, those on their way in included; 0: no more */
  readonly count: number
}

export interface PlaceRequest {
  readonly replica: string
  readonly counts: readonly (PlaceCount & {
    /** how many the fleet may have */
    readonly limit: number
  })[]
}

/** Taken, or which limit is reached. */
export type PlaceAnswer = 'taken' | PlaceCount['of']

export interface PresentUser {
  readonly userId: string
  readonly username: string
  readonly role: Role
}

export interface PresenceReport {
  readonly replica: string
  /** when the replica began, ISO 8601 */
  readonly since: string
  readonly readingsPerMinute: number
  /** Whatever the board has of this replica is replaced. The first report of all, and the answer to `isKnown: false`. */
  readonly isWhole: boolean
  /** those that have changed */
  readonly places: readonly PlaceCount[]
  /**
   * users with a connection here that the board has not been told of, or whose name or role has changed; `isOld`: they
   * were announced before, and the board may have forgotten
   */
  readonly users: readonly (PresentUser & { readonly isOld: boolean })[]
  /** connections that are new or have changed */
  readonly opened: readonly Connection[]
  /** their session ids */
  readonly closed: readonly string[]
}

export interface PresenceNews {
  /** False: the board has nothing of this replica (it was silent too long, or the board lost it), and took nothing in. */
  readonly isKnown: boolean
  /** users who were nowhere before; one who is back within `graceMs` never left */
  readonly joined: readonly PresentUser[]
  readonly left: readonly PresentUser[]
  /** there are more who have left: report again at once */
  readonly hasMore: boolean
  readonly fleet: FleetFigures
}

export interface ConnectionListQuery {
  readonly limit: number
  /** the last one of the page before */
  readonly after?: { readonly since: string; readonly sessionId: string }
  readonly username?: string
  readonly replica?: string
}
