import { documentationPolicy } from './security/content-security-policy.js'

export const DOCS_PATH = '/api/docs'

const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" width="190" height="40">' +
  '<text y="27" fill="#fff" font-family="sans-serif" font-size="20">◇ IoT Monitoring</text></svg>'

/** How the API's documentation looks; nothing of it is loaded from elsewhere. */
export function documentationPage() {
  return {
    routePrefix: DOCS_PATH,
    staticCSP: documentationPolicy(),
    uiConfig: { validatorUrl: null },
    logo: { type: 'image/svg+xml', content: Buffer.from(LOGO) },
    theme: { title: 'IoT Monitoring API' },
  }
}
