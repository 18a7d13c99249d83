import { createAllowedOrigins } from './allowed-origins.js'
import { StartError } from './app-error.js'
import { checkTokenSecret } from './check-token-secret.js'
import { readTrustedProxies } from './client-address.js'
import { readOutsideHosts } from './outside-hosts.js'
import { readAdministrator } from './read-administrator.js'

/** Variables whose values a schema can't judge. One that the process does not read, or whose value was refused, is missing. */
interface Values {
  readonly NODE_ENV?: string
  readonly FRONTEND_URL?: string
  readonly CORS_ORIGINS?: string
  readonly TRUST_PROXY?: string
  readonly MQTT_TRUST_PROXY?: string
  readonly JWT_SECRET?: string
  readonly NOTIFY_ALLOWED_HOSTS?: string
  readonly SMTP_URL?: string
  readonly SMTP_FROM?: string
  readonly ADMIN_USERNAME?: string
  readonly ADMIN_PASSWORD?: string
}

const CHECKS: readonly { of: readonly (keyof Values)[]; check: (values: Values) => unknown }[] = [
  {
    of: ['FRONTEND_URL'],
    check: ({ FRONTEND_URL }) => createAllowedOrigins({ FRONTEND_URL, CORS_ORIGINS: '' }),
  },
  {
    of: ['CORS_ORIGINS'],
    check: ({ CORS_ORIGINS = '' }) => createAllowedOrigins({ FRONTEND_URL: undefined, CORS_ORIGINS }),
  },
  { of: ['TRUST_PROXY'], check: ({ TRUST_PROXY = '' }) => readTrustedProxies(TRUST_PROXY) },
  {
    of: ['MQTT_TRUST_PROXY'],
    check: ({ MQTT_TRUST_PROXY = '' }) => readTrustedProxies(MQTT_TRUST_PROXY, 'MQTT_TRUST_PROXY'),
  },
  {
    of: ['JWT_SECRET', 'NODE_ENV'],
    check: ({ JWT_SECRET, NODE_ENV }) =>
      JWT_SECRET === undefined || checkTokenSecret(JWT_SECRET, NODE_ENV === 'production'),
  },
  {
    of: ['NOTIFY_ALLOWED_HOSTS'],
    check: ({ NOTIFY_ALLOWED_HOSTS = '' }) => readOutsideHosts(NOTIFY_ALLOWED_HOSTS),
  },
  {
    of: ['SMTP_URL', 'SMTP_FROM'],
    check: ({ SMTP_URL, SMTP_FROM }) => {
      if (SMTP_URL !== undefined && SMTP_FROM === undefined) {
        throw new StartError('SMTP_URL is set, but no SMTP_FROM: name the address that e-mails come from')
      }
    },
  },
  { of: ['ADMIN_USERNAME', 'ADMIN_PASSWORD'], check: readAdministrator },
]

/**
 * What is wrong with values that fit their schemas, one sentence each, so that a start can name all faults at once.
 * Nothing is said of what goes with a variable whose value was refused already.
 */
export function faultsOfValues(
  config: Readonly<Record<string, unknown>>,
  refused: ReadonlySet<string>,
): string[] {
  return CHECKS.filter(({ of }) => !of.some((name) => refused.has(name))).flatMap(({ check }) => {
    try {
      check(config as Values)
      return []
    } catch (error) {
      if (error instanceof StartError) return [error.message]
      throw error
    }
  })
}
