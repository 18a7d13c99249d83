import type { ConnectionFigures, FleetFigures } from '@iot/contracts'

export interface FiguresFacts {
  readonly nowMs: number
  readonly startedAtMs: number
  /** as the board last said; undefined where that is long ago */
  readonly fleet: FleetFigures | undefined
  /** as it is now, ahead of the board */
  readonly own: {
    readonly replica: string
    readonly connections: number
    readonly users: number
    readonly readingsPerMinute: number
  }
}

/** The figures of all replicas: this one's as they are, the others' as they were told. */
export function fleetFigures({ nowMs, startedAtMs, fleet, own }: FiguresFacts): ConnectionFigures {
  const others = (fleet?.replicas ?? []).filter(({ replica }) => replica !== own.replica)
  const sum = (of: 'connections' | 'readingsPerMinute') =>
    others.reduce((total, one) => total + one[of], own[of])
  return {
    timestamp: new Date(nowMs).toISOString(),
    connections: sum('connections'),
    users: Math.max(fleet?.users ?? 0, own.users),
    replicas: others.length + 1,
    uptime: Math.max(0, (nowMs - startedAtMs) / 1_000),
    readingsPerMinute: sum('readingsPerMinute'),
  }
}

/** Has anything changed but the time? */
export function isOther(now: ConnectionFigures, before: ConnectionFigures | undefined): boolean {
  return (
    now.connections !== before?.connections ||
    now.users !== before.users ||
    now.replicas !== before.replicas ||
    now.readingsPerMinute !== before.readingsPerMinute
  )
}
