import { deviceTopicPrefix } from '@iot/domain'
import type { BrokerLogin } from '@iot/ports'

export interface BrokerFilesInput {
  readonly logins: readonly BrokerLogin[]
  /** the bridge's own, which reads what devices publish */
  readonly reader: { readonly username: string; readonly verifier: string } | undefined
  readonly allowAnonymous: boolean
  /** the topic on which a message names its device itself */
  readonly sharedTopic: string
}

/** A name that has a meaning of its own in the files: its login is left out. */
const UNFIT_NAME = /^#|[:\s]/

/** Mosquitto's password file and its file of rules: who may come in, and who may what. */
export function renderBrokerFiles(input: BrokerFilesInput): { passwords: string; acl: string } {
  const { reader, sharedTopic } = input
  const logins = input.logins.filter(
    ({ username }) => !UNFIT_NAME.test(username) && username !== reader?.username,
  )
  const passwords = [...(reader ? [reader] : []), ...logins].map(
    ({ username, verifier }) => `${username}:${verifier}`,
  )
  const rules = [
    // before the first user: what holds for those without a login
    ...(input.allowAnonymous ? anonymousRules(sharedTopic) : []),
    ...(reader ? readerRules(reader.username, sharedTopic) : []),
    ...logins.flatMap((login) => loginRules(login, sharedTopic)),
  ]
  return { passwords: asText(passwords), acl: asText(rules) }
}

function anonymousRules(sharedTopic: string): string[] {
  return [`topic write ${sharedTopic}`, ...deviceRules('devices/+/')]
}

function readerRules(username: string, sharedTopic: string): string[] {
  const topics = [sharedTopic, 'devices/+/telemetry', 'devices/+/status', 'devices/+/commands/ack']
  return [`user ${username}`, ...topics.map((topic) => `topic read ${topic}`)]
}

/** A gateway may what a device may, and name any device on the shared topic. */
function loginRules({ username, deviceId, kind }: BrokerLogin, sharedTopic: string): string[] {
  return [
    `user ${username}`,
    ...(kind === 'gateway' ? [`topic write ${sharedTopic}`] : []),
    ...deviceRules(deviceTopicPrefix(deviceId)),
  ]
}

function deviceRules(prefix: string): string[] {
  const written = ['telemetry', 'status', 'commands/ack'].map((topic) => `topic write ${prefix}${topic}`)
  return [...written, `topic read ${prefix}commands`]
}

function asText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
