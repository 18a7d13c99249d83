import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import type { SendOutcome } from '@iot/ports'
import type { OutsideHosts } from '@iot/runtime'
import { codeOf, type Resolve, resolveTarget, type Target } from './resolve-target.js'

export interface PostRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface PostDeps {
  readonly hosts: OutsideHosts
  readonly resolve: Resolve
  /** authorities beside those that Node knows */
  readonly ca?: string | undefined
}

/** What is read of an answer at most; the rest is left and the connection closed. */
const ANSWER_BYTES = 65_536
const EXCERPT_CHARACTERS = 200
const MAX_RETRY_AFTER_MS = 900_000

interface HttpAnswer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly text: string
}

/** Posts once and follows nothing. Never rejects. */
export async function post(request: PostRequest, deps: PostDeps, signal: AbortSignal): Promise<SendOutcome> {
  try {
    const url = readUrl(request.url)
    const target = await untilAborted(resolveTarget(url, deps), signal)
    return judge(await exchange({ url, target, request, ca: deps.ca, signal }))
  } catch (error) {
    return { ok: false, error: signal.aborted ? reasonOf(signal) : plainWords(error) }
  }
}

function readUrl(text: string): URL {
  if (!URL.canParse(text)) throw new Error('The address is no URL')
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error('The address is not http(s)')
  if (url.username !== '' || url.password !== '') throw new Error('A login may not be part of the address')
  return url
}

/** A lookup can't be called back: it is left to itself. */
function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function exchange(deps: {
  url: URL
  target: Target
  request: PostRequest
  ca: string | undefined
  signal: AbortSignal
}): Promise<HttpAnswer> {
  const { url, target, request, ca, signal } = deps
  const isTls = url.protocol === 'https:'
  const options: https.RequestOptions = {
    method: 'POST',
    host: target.address,
    port: target.port,
    path: `${url.pathname}${url.search}`,
    // A connection of its own each time: one from a pool might lead to what the name meant earlier.
    agent: false,
    signal,
    headers: {
      ...request.headers,
      host: url.host,
      'content-length': Buffer.byteLength(request.body),
      'user-agent': 'iot-monitoring',
    },
    // The certificate has to be the name’s, not the address’s.
    ...(isTls && isIP(target.host.replace(/^\[|\]$/g, '')) === 0 && { servername: target.host }),
    ...(isTls && ca !== undefined && { ca }),
  }
  return new Promise((resolve, reject) => {
    const sent = (isTls ? https : http).request(options, (response) => {
      readAnswer(response).then(resolve, reject)
    })
    sent.on('error', reject)
    sent.end(request.body)
  })
}

/** An answer that breaks off, or is longer than anybody needs, has told its status all the same. */
function readAnswer(response: http.IncomingMessage): Promise<HttpAnswer> {
  const parts: Buffer[] = []
  let bytes = 0
  return new Promise((resolve) => {
    function finish(): void {
      resolve({
        status: response.statusCode ?? 0,
        retryAfter: response.headers['retry-after'],
        text: Buffer.concat(parts).toString('utf8'),
      })
      response.destroy()
    }
    response.on('data', (part: Buffer) => {
      parts.push(part)
      bytes += part.length
      if (bytes >= ANSWER_BYTES) finish()
    })
    response.on('end', finish)
    response.on('close', finish)
    response.on('error', finish)
  })
}

function judge({ status, retryAfter, text }: HttpAnswer): SendOutcome {
  if (status >= 200 && status < 300) return { ok: true, httpStatus: status }
  if (status >= 300 && status < 400) {
    const error = `It answered ${status}, a redirect; these are not followed: give the address that it leads to`
    return { ok: false, httpStatus: status, error }
  }
  const excerpt = text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, EXCERPT_CHARACTERS)
  const seconds = readSeconds(retryAfter) ?? (status === 429 ? secondsInBody(text) : undefined)
  return {
    ok: false,
    httpStatus: status,
    error: excerpt === '' ? `It answered ${status}` : `It answered ${status}: ${excerpt}`,
    ...(seconds !== undefined && { retryAfterMs: Math.min(seconds * 1_000, MAX_RETRY_AFTER_MS) }),
  }
}

function readSeconds(text: string | undefined): number | undefined {
  return /^[0-9]{1,6}$/.test(text ?? '') ? Number(text) : undefined
}

/** Telegram says in its answer how long to wait, and in no header. */
function secondsInBody(text: string): number | undefined {
  try {
    const { parameters } = JSON.parse(text) as { parameters?: { retry_after?: unknown } }
    return readSeconds(String(parameters?.retry_after))
  } catch {
    return undefined
  }
}

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nobody listens there',
  ECONNRESET: 'The connection was cut before there was an answer',
  EHOSTUNREACH: 'There is no way to that address',
  ENETUNREACH: 'There is no way to that address',
  ETIMEDOUT: 'There was no answer in time',
}

function plainWords(error: unknown): string {
  const code = codeOf(error)
  const { message } = error as Error
  return CODES[code] ? `${CODES[code]} (${code})` : message || code
}

/** Of our own time limit, or of whoever stops us. */
export function reasonOf(signal: AbortSignal): string {
  const isLate = (signal.reason as Error | undefined)?.name === 'TimeoutError'
  return isLate ? 'There was no answer in time' : 'Sending was broken off: the process stops'
}
