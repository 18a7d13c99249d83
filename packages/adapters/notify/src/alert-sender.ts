import { CHANNEL_SETTINGS } from '@iot/contracts'
import {
  type AlertSender,
  type Clock,
  type OutgoingMessage,
  SEND_LIMIT_MS,
  type SendOutcome,
} from '@iot/ports'
import { readOutsideHosts } from '@iot/runtime'
import { createMailSender, type MailSettings } from './mail-sender.js'
import { type PostDeps, post } from './post.js'
import { REQUESTS } from './requests.js'
import { type Resolve, resolveByDns } from './resolve-target.js'

export interface AlertSenderDeps {
  readonly clock: Clock
  /** hosts and networks beside the Internet’s, as NOTIFY_ALLOWED_HOSTS has them */
  readonly allowedHosts: string
  readonly mail?: MailSettings | undefined
  /** where people open the dashboard: messages for people end with a link */
  readonly frontUrl?: string | undefined
  readonly limitMs?: number
  readonly resolve?: Resolve
  readonly ca?: string
}

const ERROR_CHARACTERS = 500
/** A shorter text might be found in the words around it. */
const SECRET_CHARACTERS = 4

export function createAlertSender(deps: AlertSenderDeps): AlertSender {
  const { clock, limitMs = SEND_LIMIT_MS, resolve = resolveByDns, ca, frontUrl } = deps
  const posting: PostDeps = { hosts: readOutsideHosts(deps.allowedHosts), resolve, ca }
  const sendMail = createMailSender(deps.mail, frontUrl)

  async function attempt(message: OutgoingMessage, signal: AbortSignal): Promise<SendOutcome> {
    const { kind } = message.channel
    if (kind === 'email') return sendMail(message, signal)
    return post(REQUESTS[kind](message, { nowMs: clock.nowMs(), frontUrl }), posting, signal)
  }

  return {
    async send(message, stop) {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(limitMs)])
      try {
        return withoutSecrets(await attempt(message, signal), message)
      } catch (error) {
        return { ok: false, error: (error as Error).message }
      }
    },
  }
}

/** A receiver may answer with what it was sent. */
function withoutSecrets(outcome: SendOutcome, { channel: { kind, settings } }: OutgoingMessage): SendOutcome {
  if (outcome.ok) return outcome
  const secrets = CHANNEL_SETTINGS[kind].secret
    .map((name) => settings[name])
    .filter((value) => typeof value === 'string' && value.length >= SECRET_CHARACTERS) as string[]
  const error = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), outcome.error)
  return { ...outcome, error: error.slice(0, ERROR_CHARACTERS) }
}
