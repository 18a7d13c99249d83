import { systemClock } from '@iot/ports'
import { ownVersion, runMain, serveOps } from '@iot/runtime'
import { createAnnouncer, openPorts, portsVariables } from '@iot/wiring'
import { ingestionProcessVariables } from './config.js'
import { createIngestion, PIPELINE_PORTS, PIPELINES } from './service.js'

const clock = systemClock

await runMain({
  environment: process.env,
  variables: [...portsVariables, ...ingestionProcessVariables],
  version: ownVersion(import.meta.url),
  async create(parts) {
    const { config, logger, metrics, server, listener, ops } = parts
    const chosen = config.INGESTION_PIPELINES.split(',')
    const pipelines = PIPELINES.filter((name) => chosen.includes(name))
    const needs = pipelines.flatMap((name) => PIPELINE_PORTS[name])
    const ports = await openPorts({ config, clock, logger, metrics }, [...needs, 'registry'])
    const ingestion = createIngestion({ ...ports, pipelines, clock, logger, metrics, config })
    const announcer = createAnnouncer({
      ...parts,
      registry: ports.registry,
      service: 'data-ingestion',
      reports: ops.reports,
      figures: () => Object.fromEntries(pipelines.map((name) => [name, 1])),
    })
    serveOps(server, ops, logger)
    return { components: [listener, ...ports.components, ingestion, announcer] }
  },
})
