import type { BrowserContext } from 'playwright-core'

/** What went wrong in the pages of a visitor, for a test to find empty at its end. */
export interface Complaints {
  /** All that was not announced: console errors and warnings, CSP violations, uncaught errors, failed requests. */
  list(): string[]
  /** A fault that a test makes on purpose; complaints that match, before or after, are not listed. */
  expect(pattern: RegExp): void
}

export function watchComplaints(context: BrowserContext): Complaints {
  const found: string[] = []
  // A container that starts beside changes the machine's network; what the page makes of it is to work all the same.
  const expected: RegExp[] = [/net::ERR_NETWORK_CHANGED/]
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      found.push(`console ${message.type()}: ${message.text()} (${message.location().url})`)
    }
  })
  context.on('weberror', (webError) => found.push(`uncaught: ${webError.error().stack}`))
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? ''
    // A page that is left, or a chart that is no longer wanted, gives up its own requests.
    if (reason !== 'net::ERR_ABORTED') found.push(`failed: ${request.method()} ${request.url()} ${reason}`)
  })
  context.on('response', (response) => {
    if (response.status() < 400) return
    found.push(`answered: ${response.status()} ${response.request().method()} ${response.url()}`)
  })
  return {
    list: () => found.filter((complaint) => !expected.some((pattern) => pattern.test(complaint))),
    expect: (pattern) => void expected.push(pattern),
  }
}
