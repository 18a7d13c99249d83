import { createHmac } from 'node:crypto'
import { CHANNEL_SERVERS, type ChannelKind, type WebhookBody } from '@iot/contracts'
import type { OutgoingMessage } from '@iot/ports'
import { allLines, messageText } from './message-text.js'
import type { PostRequest } from './post.js'

export type PostedKind = Exclude<ChannelKind, 'email'>

/** ntfy makes an attachment of what is over 4 096 bytes; Telegram refuses what is over 4 096 characters. */
const NTFY_BYTES = 4_000
const TELEGRAM_CHARACTERS = 4_000
const SLACK_CHARACTERS = 30_000

export interface RequestContext {
  readonly nowMs: number
  /** where people open the dashboard */
  readonly frontUrl: string | undefined
}

type MakeRequest = (message: OutgoingMessage, context: RequestContext) => PostRequest

/** What each kind posts; where a setting is missing its words say so. */
export const REQUESTS: Readonly<Record<PostedKind, MakeRequest>> = {
  webhook: webhookRequest,
  slack: slackRequest,
  ntfy: ntfyRequest,
  telegram: telegramRequest,
}

function webhookRequest(message: OutgoingMessage, { nowMs }: RequestContext): PostRequest {
  const { channel, event, alerts } = message
  const { url, secret } = channel.settings
  const content: WebhookBody = {
    event,
    alerts: [...alerts],
    channel: { id: channel.id, name: channel.name },
    sentAt: new Date(nowMs).toISOString(),
  }
  const body = JSON.stringify(content)
  const timestamp = String(Math.floor(nowMs / 1_000))
  const signature = createHmac('sha256', need(secret, 'secret')).update(`${timestamp}.${body}`).digest('hex')
  const headers = { 'x-timestamp': timestamp, 'x-signature': `sha256=${signature}` }
  return { url: need(url, 'url'), headers: { ...headersOf(message), ...headers }, body }
}

function slackRequest(message: OutgoingMessage, { frontUrl }: RequestContext): PostRequest {
  const [title = '', ...lines] = allLines(messageText(message, frontUrl)).map(escapeSlack)
  const text = cut(`*${title}*\n${lines.join('\n')}`, SLACK_CHARACTERS)
  const url = need(message.channel.settings.webhookUrl, 'webhookUrl')
  return { url, headers: headersOf(message), body: JSON.stringify({ text }) }
}

/** Three characters that Slack reads as its own; a channel or a person can’t be called by a device’s name then. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const NTFY_LOOK = {
  critical: { priority: 5, tags: ['rotating_light'] },
  warning: { priority: 4, tags: ['warning'] },
  over: { priority: 3, tags: ['white_check_mark'] },
} as const

function ntfyRequest(message: OutgoingMessage, { frontUrl }: RequestContext): PostRequest {
  const { server = CHANNEL_SERVERS.ntfy, topic, token } = message.channel.settings
  const { title, lines, severity, link: click } = messageText(message, frontUrl)
  const text = cutBytes(lines.join('\n'), NTFY_BYTES)
  const content = { topic: need(topic, 'topic'), title, message: text, ...NTFY_LOOK[severity] }
  const body = JSON.stringify({ ...content, ...(click !== undefined && { click }) })
  const login = token === undefined ? undefined : { authorization: `Bearer ${token}` }
  return { url: server, headers: { ...headersOf(message), ...login }, body }
}

function telegramRequest(message: OutgoingMessage, { frontUrl }: RequestContext): PostRequest {
  const { server = CHANNEL_SERVERS.telegram, token, chatId } = message.channel.settings
  const text = cut(allLines(messageText(message, frontUrl)).join('\n'), TELEGRAM_CHARACTERS)
  const url = `${server.replace(/\/+$/, '')}/bot${need(token, 'token')}/sendMessage`
  const body = JSON.stringify({
    chat_id: need(chatId, 'chatId'),
    text,
    link_preview_options: { is_disabled: true },
  })
  return { url, headers: headersOf(message), body }
}

function headersOf({ idempotencyKey }: OutgoingMessage): Record<string, string> {
  return { 'content-type': 'application/json; charset=utf-8', 'idempotency-key': idempotencyKey }
}

function need(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`The channel has no ${name}: edit it`)
  return value
}

function cut(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`
}

function cutBytes(text: string, bytes: number): string {
  const whole = Buffer.from(text)
  if (whole.length <= bytes) return text
  // What the cut left of a character is no character, and is dropped.
  return `${whole.subarray(0, bytes).toString('utf8').replace(/�+$/, '')}…`
}
