import {
  CHANNEL_SETTINGS,
  type ChannelKind,
  type ChannelSettingName,
  type ChannelSettings,
  type FieldFault,
  type WeeklySchedule,
} from '@iot/contracts'
import { fieldFault as fault } from './field-fault.js'
import { scheduleFaults } from './schedule-faults.js'

const ADDRESSES = ['url', 'webhookUrl', 'server'] as const

/** All that is wrong with a channel that fits its schema; none: messages can be sent by it. */
export function channelFaults(channel: {
  readonly name: string
  readonly kind: ChannelKind
  readonly settings: ChannelSettings
  readonly quietHours?: WeeklySchedule | undefined
}): FieldFault[] {
  const { name, kind, settings, quietHours } = channel
  return [
    ...(name.trim() === '' ? [fault('name', 'NAME_BLANK')] : []),
    ...settingFaults(kind, settings),
    ...(quietHours ? scheduleFaults('quietHours', quietHours) : []),
  ]
}

/**
 * Secrets that have to be said again with a change of settings, because it would send them to another server. Whoever may
 * edit a channel could read them there otherwise.
 */
export function secretFaults(
  kind: ChannelKind,
  before: ChannelSettings,
  change: Readonly<Partial<Record<ChannelSettingName, unknown>>>,
): FieldFault[] {
  const { secret, target } = CHANNEL_SETTINGS[kind]
  const isElsewhere = target.some((name) => name in change && (change[name] ?? undefined) !== before[name])
  if (!isElsewhere) return []
  return secret
    .filter((name) => before[name] !== undefined && !(name in change))
    .map((name) => fault(`settings.${name}`, 'SAY_AGAIN'))
}

function settingFaults(kind: ChannelKind, settings: ChannelSettings): FieldFault[] {
  const { required, optional } = CHANNEL_SETTINGS[kind]
  const known: readonly string[] = [...required, ...optional]
  const foreign = Object.keys(settings).filter((name) => !known.includes(name))
  const missing = required.filter((name) => settings[name] === undefined)
  return [
    ...missing.map((name) => fault(`settings.${name}`, 'SETTING_MISSING', { kind })),
    ...foreign.map((name) => fault(`settings.${name}`, 'SETTING_UNKNOWN', { kind, known: known.join(', ') })),
    ...ADDRESSES.flatMap((name) => addressFaults(name, settings[name])),
  ]
}

function addressFaults(name: (typeof ADDRESSES)[number], address: string | undefined): FieldFault[] {
  if (address === undefined) return []
  const field = `settings.${name}`
  if (!URL.canParse(address)) return [fault(field, 'NO_ADDRESS')]
  const { username, password } = new URL(address)
  if (username === '' && password === '') return []
  return [fault(field, 'LOGIN_IN_ADDRESS')]
}
