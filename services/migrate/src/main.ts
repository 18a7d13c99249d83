import { createLogger, readConfig, StartError } from '@iot/runtime'
import { prepareStores, prepareVariables } from '@iot/wiring'

try {
  const names = [...prepareVariables, 'LOG_LEVEL', 'SERVICE_NAME'] as const
  const { config, notices } = readConfig(names, process.env)
  const logger = createLogger({ level: config.LOG_LEVEL, service: config.SERVICE_NAME })
  for (const notice of notices) logger.warn(notice)
  const done = await prepareStores({ config, logger })
  process.stdout.write(`${done.join('\n')}\n`)
} catch (error) {
  const expected = error instanceof StartError
  process.stderr.write(`${expected ? error.message : ((error as Error)?.stack ?? error)}\n`)
  process.exitCode = expected ? error.exitCode : 1
}
