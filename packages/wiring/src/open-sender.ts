import type { AlertSender } from '@iot/ports'
import type { OpenPortsDeps } from './open-ports.js'

/** What brings messages about alerts outside: web hooks and chats by HTTP, mails where there is a mail server. */
export async function openSender({
  config,
  clock,
}: Pick<OpenPortsDeps, 'config' | 'clock'>): Promise<AlertSender> {
  const { createAlertSender } = await import('@iot/adapter-notify')
  const { NOTIFY_ALLOWED_HOSTS: allowedHosts, SMTP_URL: url, SMTP_FROM: from } = config
  const mail = url !== undefined && from !== undefined ? { url, from } : undefined
  return createAlertSender({ clock, allowedHosts, mail, frontUrl: config.FRONTEND_URL })
}
