/** What helmet sets; the content policy is made per request, since it names the host. */
export const HELMET_OPTIONS = {
  contentSecurityPolicy: false,
  // These three make sense under TLS alone, where the proxy before us says them.
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  referrerPolicy: { policy: 'same-origin' },
} as const

/** What pages of the listed origins may do and read; those of others get no header that lets them. */
export function corsOptions(allowedOrigins: readonly string[]) {
  return {
    origin: [...allowedOrigins],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key'],
    exposedHeaders: ['retry-after', 'x-request-id'],
    maxAge: 600,
    strictPreflight: false,
  }
}
