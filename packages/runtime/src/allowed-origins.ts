import { StartError } from './app-error.js'

export interface AllowedOrigins {
  /** The configured origins, as browsers send them. */
  readonly origins: readonly string[]
  /**
   * May a page of this origin speak for who is signed in? The same host as the request's own may, and so may the configured
   * origins. Without an Origin header it is no browser, and the token alone decides.
   */
  allows(origin: string | undefined, host: string | undefined): boolean
}

/**
 * FRONTEND_URL's origin and those of CORS_ORIGINS. Throws a StartError that names what is none, because a typing
 * error would silently shut people out; `*` is none, because answers to signed-in people are not for every page.
 */
export function createAllowedOrigins(config: {
  FRONTEND_URL: string | undefined
  CORS_ORIGINS: string
}): AllowedOrigins {
  const listed = config.CORS_ORIGINS.split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
  const origins = new Set(listed.map((entry) => originOf('CORS_ORIGINS', entry)))
  if (config.FRONTEND_URL) origins.add(originOf('FRONTEND_URL', config.FRONTEND_URL))

  return {
    origins: [...origins],
    allows(origin, host) {
      if (origin === undefined) return true
      if (origins.has(origin)) return true
      return host !== undefined && hostOf(origin) === host.toLowerCase()
    },
  }
}

function originOf(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new StartError(`${name}: “${text}” is no origin; write one like https://dashboard.example.com`)
  }
  return url.origin
}

function hostOf(origin: string): string | undefined {
  if (!URL.canParse(origin)) return undefined
  const { protocol, host } = new URL(origin)
  return /^https?:$/.test(protocol) ? host : undefined
}
