export { type AlertSenderDeps, createAlertSender } from './alert-sender.js'
