/**
 * Which processes of the fleet live, and how each of them is. A process announces itself every few seconds and is
 * forgotten when it has been silent for longer than a few of them.
 */
export interface ServiceRegistry {
  /** Says how a process is; replaces what the same instance said before. Rejects (retriable) when the registry is away. */
  announce(announcement: ServiceAnnouncement): Promise<void>
  /** All that live, by service and instance. */
  list(): Promise<ServiceAnnouncement[]>
  /** Forgets a process that ends in order; nothing where it is not known. */
  withdraw(service: FleetService, instance: string): Promise<void>
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
