import { StartError } from '@iot/runtime'

/**
 * The origins beside its own that may use the API from a browser: FRONTEND_URL's and those of CORS_ORIGINS.
 * Throws a StartError that names what is none; `*` is none, because answers to signed-in people are not for
 * every page.
 */
export function allowedOrigins(config: { FRONTEND_URL: string | undefined; CORS_ORIGINS: string }): string[] {
  const listed = config.CORS_ORIGINS.split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => originOf(text, 'CORS_ORIGINS'))
  const frontend = config.FRONTEND_URL === undefined ? [] : [originOf(config.FRONTEND_URL, 'FRONTEND_URL')]
  return [...new Set([...frontend, ...listed])]
}

function originOf(text: string, variable: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin
  throw new StartError(`${variable}: “${text}” is no origin; write it like https://dashboard.example.org`)
}
