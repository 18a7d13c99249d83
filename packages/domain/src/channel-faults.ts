import {
  CHANNEL_SETTINGS,
  type ChannelKind,
  type ChannelSettingName,
  type ChannelSettings,
  type WeeklySchedule,
} from '@iot/contracts'
import type { FieldFault } from './rule-faults.js'
import { timeZoneOf } from './time-zone.js'

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
    ...(name.trim() === '' ? [{ field: 'name', message: 'it needs a name to be known by' }] : []),
    ...settingFaults(kind, settings),
    ...(quietHours ? quietFaults(quietHours) : []),
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
    .map((name) => ({
      field: `settings.${name}`,
      message: 'say it again: with this change it is sent to another server',
    }))
}

function settingFaults(kind: ChannelKind, settings: ChannelSettings): FieldFault[] {
  const { required, optional } = CHANNEL_SETTINGS[kind]
  const known: readonly string[] = [...required, ...optional]
  const foreign = Object.keys(settings).filter((name) => !known.includes(name))
  const missing = required.filter((name) => settings[name] === undefined)
  return [
    ...missing.map((name) => ({ field: `settings.${name}`, message: `a channel of kind ${kind} needs it` })),
    ...foreign.map((name) => ({
      field: `settings.${name}`,
      message: `a channel of kind ${kind} has no such setting; it has ${known.join(', ')}`,
    })),
    ...ADDRESSES.flatMap((name) => addressFaults(name, settings[name])),
  ]
}

function addressFaults(name: (typeof ADDRESSES)[number], address: string | undefined): FieldFault[] {
  if (address === undefined) return []
  const field = `settings.${name}`
  if (!URL.canParse(address)) return [{ field, message: 'it is no address such as https://example.com/path' }]
  const { username, password } = new URL(address)
  if (username === '' && password === '') return []
  return [{ field, message: 'a login may not be part of the address, which people can read' }]
}

function quietFaults({ from, to, timeZone }: WeeklySchedule): FieldFault[] {
  const faults: FieldFault[] = []
  if (from === to && from !== '00:00') {
    faults.push({
      field: 'quietHours.to',
      message: 'it is the same as from: for whole days write 00:00 for both',
    })
  }
  if (!timeZoneOf(timeZone)) {
    const message = `“${timeZone}” is no time zone; write one such as Asia/Ho_Chi_Minh`
    faults.push({ field: 'quietHours.timeZone', message })
  }
  return faults
}
