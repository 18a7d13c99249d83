import {
  type AlertSeverity,
  type AlertType,
  CHANNEL_GROUP_DEFAULT,
  CHANNEL_SETTINGS,
  type CHANNEL_TRANSITIONS,
  type ChannelKind,
  type ChannelPatch,
  type ChannelRequest,
  type ChannelRoute,
  type ChannelSettingName,
  type ChannelSettings,
  type NotificationChannel,
  type Weekday,
} from '@iot/contracts'

type Transition = (typeof CHANNEL_TRANSITIONS)[number]

/** What stands in the dialog’s fields; lists are one a line. */
export interface ChannelFields {
  readonly name: string
  readonly kind: ChannelKind
  readonly enabled: boolean
  readonly settings: Readonly<Partial<Record<ChannelSettingName, string>>>
  readonly severities: readonly AlertSeverity[]
  readonly types: readonly AlertType[]
  readonly transitions: readonly Transition[]
  readonly sites: string
  readonly group: string
  readonly quiet: boolean
  readonly days: readonly Weekday[]
  readonly from: string
  readonly to: string
  readonly timeZone: string
  readonly quietCritical: boolean
}

export type ChannelFault = 'needed' | 'duration'

const EVERY_DAY: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const GROUP = /^([1-9][0-9]{0,3}s|[1-9][0-9]{0,2}m|1h)$/

export function fieldsOf(channel: NotificationChannel | undefined, timeZone: string): ChannelFields {
  return {
    name: channel?.name ?? '',
    kind: channel?.kind ?? 'webhook',
    enabled: channel?.enabled ?? true,
    settings: shownSettings(channel),
    severities: channel?.route.severities ?? [],
    types: channel?.route.types ?? [],
    transitions: channel?.route.transitions ?? ['opened', 'closed'],
    sites: channel?.route.sites?.join('\n') ?? '',
    group: channel?.group ?? CHANNEL_GROUP_DEFAULT,
    quiet: channel?.quietHours !== undefined,
    days: channel?.quietHours?.days ?? EVERY_DAY,
    from: channel?.quietHours?.from ?? '22:00',
    to: channel?.quietHours?.to ?? '06:00',
    timeZone: channel?.quietHours?.timeZone ?? timeZone,
    quietCritical: channel?.quietCritical ?? false,
  }
}

/** A secret that is set is not shown: its field is empty, and empty means that it stays. */
function shownSettings(channel: NotificationChannel | undefined): ChannelFields['settings'] {
  const texts = Object.entries(channel?.settings ?? {}).flatMap(([name, value]) => {
    if (Array.isArray(value)) return [[name, value.join('\n')]]
    return typeof value === 'string' ? [[name, value]] : []
  })
  return Object.fromEntries(texts) as ChannelFields['settings']
}

export function settingsOf(kind: ChannelKind): readonly ChannelSettingName[] {
  return [...CHANNEL_SETTINGS[kind].required, ...CHANNEL_SETTINGS[kind].optional]
}

export const isSecret = (kind: ChannelKind, name: ChannelSettingName): boolean =>
  CHANNEL_SETTINGS[kind].secret.includes(name)

export function requestOf(fields: ChannelFields): ChannelRequest {
  return {
    name: fields.name.trim(),
    kind: fields.kind,
    enabled: fields.enabled,
    settings: settingsSaid(fields),
    ...commonOf(fields),
    ...(fields.quiet && { quietHours: quietHoursOf(fields) }),
  }
}

/** All but the kind, which stays; a setting that may be missing and is empty now is taken away. */
export function patchOf(fields: ChannelFields, channel: NotificationChannel): ChannelPatch {
  const said = settingsSaid(fields)
  const gone = (['server', 'token'] as const).filter(
    (name) =>
      said[name] === undefined &&
      CHANNEL_SETTINGS[fields.kind].optional.includes(name) &&
      !isSecret(fields.kind, name) &&
      channel.settings[name] !== undefined,
  )
  const settings = { ...said, ...Object.fromEntries(gone.map((name) => [name, null])) }
  return {
    name: fields.name.trim(),
    enabled: fields.enabled,
    ...(Object.keys(settings).length > 0 && { settings }),
    ...commonOf(fields),
    quietHours: fields.quiet ? quietHoursOf(fields) : null,
    revision: channel.revision,
  }
}

function commonOf(fields: ChannelFields) {
  return { route: routeOf(fields), group: fields.group, quietCritical: fields.quietCritical }
}

function quietHoursOf({ days, from, to, timeZone }: ChannelFields) {
  return { days: [...days], from, to, timeZone: timeZone.trim() }
}

function settingsSaid({ kind, settings }: ChannelFields): ChannelSettings {
  const said = settingsOf(kind).flatMap((name) => {
    const text = settings[name]?.trim() ?? ''
    if (text === '') return []
    return [[name, name === 'to' ? linesOf(text) : text]]
  })
  return Object.fromEntries(said) as ChannelSettings
}

function routeOf({ severities, types, transitions, sites }: ChannelFields): ChannelRoute {
  const named = linesOf(sites)
  return {
    ...(severities.length > 0 && { severities: [...severities] }),
    ...(types.length > 0 && { types: [...types] }),
    ...(named.length > 0 && { sites: named }),
    ...(transitions.length > 0 && { transitions: [...transitions] }),
  }
}

function linesOf(text: string): string[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return [...new Set(lines)]
}

/** What is missing or can’t be read, by field (`settings.url`). The rest the server says. */
export function channelFaults(
  fields: ChannelFields,
  channel: NotificationChannel | undefined,
): Readonly<Record<string, ChannelFault>> {
  const faults: Record<string, ChannelFault> = {}
  if (fields.name.trim() === '') faults.name = 'needed'
  for (const name of CHANNEL_SETTINGS[fields.kind].required) {
    const kept = isSecret(fields.kind, name) && channel?.settings[name] !== undefined
    if ((fields.settings[name] ?? '').trim() === '' && !kept) faults[`settings.${name}`] = 'needed'
  }
  if (!GROUP.test(fields.group)) faults.group = 'duration'
  if (fields.quiet && fields.days.length === 0) faults['quietHours.days'] = 'needed'
  if (fields.quiet && fields.timeZone.trim() === '') faults['quietHours.timeZone'] = 'needed'
  return faults
}
