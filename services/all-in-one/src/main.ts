import { createLogger, runService, StartError } from '@iot/runtime'
import { banner } from './banner.js'
import { boundHeapGrowth } from './bound-heap-growth.js'
import { readAllInOneConfig } from './config.js'
import { createAllInOne } from './create-all-in-one.js'

boundHeapGrowth()
try {
  const { config, notices } = readAllInOneConfig(process.env)
  const log = createLogger({ level: config.LOG_LEVEL, service: config.SERVICE_NAME })
  for (const notice of notices) log.warn(notice)
  const system = await createAllInOne({ config, logger: log })
  await runService({
    log,
    components: system.components,
    onReady(running) {
      system.onReady(running)
      process.stdout.write(
        banner({
          ...system.addresses(),
          data: config.DATABASE_URL ? 'DATABASE_URL' : config.DATA_DIR,
          demo: config.DEMO,
        }),
      )
    },
    onDraining: system.onDraining,
  })
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(error.exitCode)
}
