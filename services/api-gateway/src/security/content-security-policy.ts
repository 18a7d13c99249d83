/** A host with its port as browsers send it; anything else has no place in a header of ours. */
const HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/

/** What pages from here may load. Without `upgrade-insecure-requests`: people use addresses of their own network. */
export function pagePolicy(host: string | undefined): string {
  return write({
    'default-src': ["'self'"],
    'base-uri': ["'none'"],
    'connect-src': ["'self'", ...socketSources(host)],
    'font-src': ["'self'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'object-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'worker-src': ["'self'"],
  })
}

/** The documentation's page: its stylesheet holds pictures as data, and it makes styles as it runs. */
export function documentationPolicy(): string {
  return write({
    'default-src': ["'self'"],
    'base-uri': ["'none'"],
    'frame-ancestors': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'object-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'", "'unsafe-inline'"],
  })
}

/** `'self'` covers web sockets in today’s browsers; older Safaris take them only by name. */
function socketSources(host: string | undefined): string[] {
  return host !== undefined && HOST.test(host) ? [`ws://${host}`, `wss://${host}`] : []
}

function write(directives: Record<string, readonly string[]>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ')
}
