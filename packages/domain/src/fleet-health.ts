import type { ComponentHealth } from '@iot/contracts'

/** One process, as it announced itself. */
export interface AnnouncedProcess {
  readonly service: string
  readonly health: ComponentHealth
  /** of ingestion: a number for each pipeline that it runs */
  readonly figures: Readonly<Record<string, number>>
}

/** Without any of these, readings don't go all the way. */
const PIPELINES = ['bridge', 'live', 'archive']
const OTHER_SERVICES = ['websocket-service', 'api-gateway']
const INGESTION = 'data-ingestion'
const WORST_FIRST: readonly ComponentHealth[] = ['down', 'degraded', 'healthy']

/**
 * Health of the services by the guide's names, from the processes that have announced themselves. A service is down
 * when none of its processes works, and degraded when one of them is not healthy; ingestion is as bad as the
 * worst of its pipelines.
 */
export function fleetHealth(processes: readonly AnnouncedProcess[]): Record<string, ComponentHealth> {
  const ofService = (name: string) => processes.filter(({ service }) => service === name)
  const pipelines = PIPELINES.map((name) =>
    healthOfAll(ofService(INGESTION).filter(({ figures }) => figures[name] !== undefined)),
  )
  return {
    [INGESTION]: WORST_FIRST.find((health) => pipelines.includes(health))!,
    ...Object.fromEntries(OTHER_SERVICES.map((name) => [name, healthOfAll(ofService(name))])),
  }
}

/** Whether a process that lets devices in works. */
export function takesDevices(processes: readonly AnnouncedProcess[]): boolean {
  return processes.some(({ figures, health }) => figures.bridge !== undefined && health !== 'down')
}

function healthOfAll(processes: readonly AnnouncedProcess[]): ComponentHealth {
  if (processes.every(({ health }) => health === 'down')) return 'down'
  return processes.every(({ health }) => health === 'healthy') ? 'healthy' : 'degraded'
}
