import { describeEvents } from '../../services/api-gateway/src/asyncapi.js'
import { envExample } from './env-example.js'
import { metricsReference } from './metrics.js'
import { configurationReference, errorReference, eventReference } from './reference.js'

/** Every generated file, from the root, with what it holds. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  '.env.example': envExample,
  'docs/reference/asyncapi.json': () => `${JSON.stringify(describeEvents(), null, 2)}\n`,
  'docs/reference/configuration.md': configurationReference,
  'docs/reference/errors.md': errorReference,
  'docs/reference/events.md': eventReference,
  'docs/reference/metrics.md': metricsReference,
}
