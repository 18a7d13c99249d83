/**
 * Which processes of the fleet live, and how each of them is. A process announces itself every few seconds and is
 * forgotten when it has been silent for longer than a few of them.
 */
export interface ServiceRegistry {
  /** Says how a process is; replaces what the same instance said before. Rejects (retriable) when the registry is away. */
  announce(announcement: ServiceAnnouncement): Promise<void>
  /** All that live, by service and instance. */
  list(): Promise<ServiceAnnouncement[]>
  /**
   * The last words of those that have fallen silent without withdrawing, in the last ten minutes, by service and
   * instance. One that speaks again is not among them any more.
   */
  lost(): Promise<LostService[]>
  /** Forgets a process that ends in order; nothing where it is not known. */
  withdraw(service: FleetService, instance: string): Promise<void>
}

/** How long one that has fallen silent is remembered, from its last word on. */
export const LOST_KEPT_MS = 600_000

export interface LostService extends Pick<ServiceAnnouncement, 'service' | 'instance'> {
  /** when it spoke last, ms since 1970, by the registry’s clock */
  readonly lastMs: number
}

export type FleetService = 'data-ingestion' | 'websocket-service' | 'api-gateway'

export interface ServiceAnnouncement {
  readonly service: FleetService
  /** which of the service's processes, unique among those that live */
  readonly instance: string
  readonly health: 'healthy' | 'degraded' | 'down'
  /** what is amiss, in words that anybody may read */
  readonly detail?: string
  /** ISO 8601 */
  readonly startedAt: string
  readonly version: string
  /** numbers of the service's own: connections, readings per second, … */
  readonly figures: Readonly<Record<string, number>>
}
