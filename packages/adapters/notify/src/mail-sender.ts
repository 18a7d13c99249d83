import type { OutgoingMessage, SendOutcome } from '@iot/ports'
import { SEND_LIMIT_MS } from '@iot/ports'
import { createTransport } from 'nodemailer'
import { allLines, messageText } from './message-text.js'
import { reasonOf } from './post.js'

export interface MailSettings {
  readonly url: string
  readonly from: string
}

export type SendMail = (message: OutgoingMessage, signal: AbortSignal) => Promise<SendOutcome>

/** Mails by one server, a connection each. The server’s name is the operator’s, so it may be anywhere. */
export function createMailSender(settings: MailSettings | undefined, frontUrl: string | undefined): SendMail {
  if (settings === undefined) {
    const error = 'No mail server is configured: an operator sets SMTP_URL and SMTP_FROM'
    return async () => ({ ok: false, error })
  }
  const transport = createTransport({
    url: settings.url,
    dnsTimeout: SEND_LIMIT_MS,
    connectionTimeout: SEND_LIMIT_MS,
    greetingTimeout: SEND_LIMIT_MS,
    socketTimeout: SEND_LIMIT_MS,
    socketCloseTimeout: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = /@([^\s@<>]+)>?$/.exec(settings.from)?.[1] ?? 'iot-monitoring'

  return async (message, signal) => {
    const content = messageText(message, frontUrl)
    try {
      const { rejected } = await transport.sendMail({
        from: settings.from,
        to: [...(message.channel.settings.to ?? [])],
        subject: content.title,
        text: allLines(content).slice(1).join('\n'),
        // The same in every attempt: a mailbox shows a repeat once.
        messageId: `<${message.idempotencyKey}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal,
      })
      if (rejected.length === 0) return { ok: true }
      // To send it again would send it twice to those who have it.
      return { ok: true, remark: `Refused for ${rejected.map(addressOf).join(', ')}`.slice(0, 500) }
    } catch (error) {
      return { ok: false, error: signal.aborted ? reasonOf(signal) : plainWords(error) }
    }
  }
}

function addressOf(one: string | { address: string }): string {
  return typeof one === 'string' ? one : one.address
}

/** The server’s own words are what tells an operator most. */
function plainWords(error: unknown): string {
  const { message, response } = error as { message: string; response?: string }
  return `The mail server: ${(response ?? message).replace(/[\s\p{Cc}]+/gu, ' ')}`.slice(0, 500)
}
