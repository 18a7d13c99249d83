import { type Static, type TSchema, Type } from 'typebox'
import { AlertEvent, AlertId, AlertType } from './alert.js'
import { AlertSeverity, WeeklySchedule } from './alert-rule.js'
import { SiteName } from './device.js'
import { Duration, PageQuery, pageOf } from './http-api.js'
import { Timestamp } from './telemetry.js'

/** Ways to tell people, or other programs, of alerts while nobody looks at the dashboard. */
export const CHANNEL_KINDS = ['webhook', 'slack', 'ntfy', 'telegram', 'email'] as const
export const ChannelKind = Type.Enum([...CHANNEL_KINDS])
export type ChannelKind = Static<typeof ChannelKind>

const HttpUrl = Type.String({ maxLength: 2_048, pattern: '^https?://[^\\s\\u0000]+$' })
const Secret = Type.String({ maxLength: 512, pattern: '^[\\x21-\\x7e]+$' })
const MailAddress = Type.String({
  maxLength: 254,
  pattern: '^[^\\s@<>()\\[\\]\\\\,;:"\\u0000-\\u001f]+@[^\\s@<>()\\[\\]\\\\,;:"\\u0000-\\u001f]+$',
})

const settingFields = {
  /** webhook: where it is posted to */
  url: HttpUrl,
  /** webhook: signs what is posted */
  secret: Type.String({ minLength: 16, maxLength: 256, pattern: '^[\\x21-\\x7e]+$' }),
  /** slack: the address of an incoming webhook, which lets in whoever knows it */
  webhookUrl: HttpUrl,
  /** ntfy, telegram: a server other than the public one */
  server: HttpUrl,
  /** ntfy */
  topic: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
  /** ntfy, where the topic asks for one; telegram: of the bot */
  token: Secret,
  /** telegram: a number, or the @name of a channel */
  chatId: Type.String({ pattern: '^(-?[0-9]{1,20}|@[A-Za-z0-9_]{1,64})$' }),
  /** email: addresses */
  to: Type.Array(MailAddress, { minItems: 1, maxItems: 50, uniqueItems: true }),
}
export type ChannelSettingName = keyof typeof settingFields

interface KindSettings {
  readonly required: readonly ChannelSettingName[]
  readonly optional: readonly ChannelSettingName[]
  /** never answered */
  readonly secret: readonly ChannelSettingName[]
  /** who changes one of these says the secrets again: they would be sent to another server */
  readonly target: readonly ChannelSettingName[]
}

/** Which settings a kind of channel has. */
export const CHANNEL_SETTINGS: Readonly<Record<ChannelKind, KindSettings>> = {
  webhook: { required: ['url', 'secret'], optional: [], secret: ['secret'], target: [] },
  slack: { required: ['webhookUrl'], optional: [], secret: ['webhookUrl'], target: [] },
  ntfy: { required: ['topic'], optional: ['server', 'token'], secret: ['token'], target: ['server'] },
  telegram: { required: ['token', 'chatId'], optional: ['server'], secret: ['token'], target: ['server'] },
  email: { required: ['to'], optional: [], secret: [], target: [] },
}
/** Where `server` is left out. */
export const CHANNEL_SERVERS = { ntfy: 'https://ntfy.sh', telegram: 'https://api.telegram.org' } as const

type Optional<Fields extends Record<string, TSchema>> = {
  [Name in keyof Fields]: ReturnType<typeof Type.Optional<Fields[Name]>>
}
function optional<Fields extends Record<string, TSchema>>(fields: Fields): Optional<Fields> {
  const entries = Object.entries(fields).map(([name, field]) => [name, Type.Optional(field)])
  return Object.fromEntries(entries) as Optional<Fields>
}

/** Of all kinds; which belong to one says `CHANNEL_SETTINGS`. */
export const ChannelSettings = Type.Object(optional(settingFields), {
  additionalProperties: false,
  description:
    'webhook: url, secret (signs it). slack: webhookUrl. ntfy: topic, server?, token?. telegram: token, chatId, server?. email: to.',
})
export type ChannelSettings = Static<typeof ChannelSettings>

/** In place of a secret. */
const SecretSet = Type.Object({ set: Type.Literal(true) })
const ShownChannelSettings = Type.Object(
  optional({
    ...settingFields,
    secret: SecretSet,
    webhookUrl: SecretSet,
    token: SecretSet,
  }),
)
export type ShownChannelSettings = Static<typeof ShownChannelSettings>

/** Transitions that a channel can tell of. With `opened` goes `unshelved`: it is there again. */
export const CHANNEL_TRANSITIONS = ['opened', 'acknowledged', 'closed'] as const

/** What a channel is told of: what fits each of these that is given. */
export const ChannelRoute = Type.Object(
  {
    severities: Type.Optional(Type.Array(AlertSeverity, { minItems: 1, uniqueItems: true })),
    types: Type.Optional(Type.Array(AlertType, { minItems: 1, uniqueItems: true })),
    /** alerts of the system have none */
    sites: Type.Optional(Type.Array(SiteName, { minItems: 1, maxItems: 100, uniqueItems: true })),
    /** left out: opened and closed */
    transitions: Type.Optional(
      Type.Array(Type.Enum([...CHANNEL_TRANSITIONS]), { minItems: 1, uniqueItems: true }),
    ),
  },
  { additionalProperties: false },
)
export type ChannelRoute = Static<typeof ChannelRoute>

const channelFields = {
  name: Type.String({ minLength: 1, maxLength: 128, pattern: '^[^\\u0000-\\u001f]*$' }),
  route: ChannelRoute,
  group: Type.String({
    pattern: '^([1-9][0-9]{0,3}s|[1-9][0-9]{0,2}m|1h)$',
    description: 'How long messages are gathered into one: 10s, 5m; an hour at most.',
    default: '10s',
  }),
  quietHours: WeeklySchedule,
  quietCritical: Type.Boolean({
    description: 'true: critical alerts keep quiet hours too. What is held comes as one message after them.',
    default: false,
  }),
}
export const CHANNEL_GROUP_DEFAULT = '10s'

export const ChannelRequest = Type.Object(
  {
    name: channelFields.name,
    kind: ChannelKind,
    enabled: Type.Optional(Type.Boolean({ default: true })),
    settings: ChannelSettings,
    route: Type.Optional(channelFields.route),
    group: Type.Optional(channelFields.group),
    quietHours: Type.Optional(channelFields.quietHours),
    quietCritical: Type.Optional(channelFields.quietCritical),
  },
  { additionalProperties: false },
)
export type ChannelRequest = Static<typeof ChannelRequest>

const SettingsPatch = Type.Object(
  optional({
    ...settingFields,
    server: Type.Union([settingFields.server, Type.Null()]),
    token: Type.Union([settingFields.token, Type.Null()]),
  }),
  { additionalProperties: false, minProperties: 1 },
)

/** What is left out stays, each setting by itself; null takes away what may be missing. */
export const ChannelPatch = Type.Object(
  {
    name: Type.Optional(channelFields.name),
    enabled: Type.Optional(Type.Boolean()),
    settings: Type.Optional(SettingsPatch),
    route: Type.Optional(channelFields.route),
    group: Type.Optional(channelFields.group),
    quietHours: Type.Optional(Type.Union([channelFields.quietHours, Type.Null()])),
    quietCritical: Type.Optional(channelFields.quietCritical),
    /** the revision that the change was made on: another one meanwhile is a STATE_CONFLICT */
    revision: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false, minProperties: 1 },
)
export type ChannelPatch = Static<typeof ChannelPatch>

export const ChannelId = Type.String({ pattern: '^[1-9][0-9]{0,14}$' })

export const NotificationChannel = Type.Object({
  id: ChannelId,
  name: channelFields.name,
  kind: ChannelKind,
  enabled: Type.Boolean(),
  settings: ShownChannelSettings,
  route: ChannelRoute,
  group: Duration,
  quietHours: Type.Optional(WeeklySchedule),
  quietCritical: Type.Boolean(),
  /** since when messages have been given up; absent: the last one got through */
  failingSince: Type.Optional(Timestamp),
  /** raised by every change */
  revision: Type.Integer({ minimum: 1 }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  /** username */
  updatedBy: Type.Optional(Type.String()),
})
export type NotificationChannel = Static<typeof NotificationChannel>

export const ChannelsQuery = Type.Object({ ...PageQuery }, { additionalProperties: false })
export const ChannelPage = pageOf(NotificationChannel)
export type ChannelPage = Static<typeof ChannelPage>

/** `dead`: given up after so many attempts. */
export const DELIVERY_STATES = ['waiting', 'retrying', 'sent', 'dead'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** A message of a channel and what became of it. */
export const Delivery = Type.Object({
  id: Type.String(),
  channelId: ChannelId,
  state: Type.Enum([...DELIVERY_STATES]),
  /** true: sent by the test button */
  test: Type.Optional(Type.Literal(true)),
  attempts: Type.Integer(),
  /** of the newest attempt */
  lastError: Type.Optional(Type.String({ maxLength: 500 })),
  httpStatus: Type.Optional(Type.Integer()),
  /** transitions in it */
  count: Type.Integer(),
  /** the alerts that they are of, 100 at most */
  alertIds: Type.Array(AlertId, { maxItems: 100 }),
  createdAt: Timestamp,
  sentAt: Type.Optional(Timestamp),
  /** when it is sent, or tried again */
  nextAt: Type.Optional(Timestamp),
  /** the same in every attempt, so that a receiver can tell a repeat */
  idempotencyKey: Type.String(),
})
export type Delivery = Static<typeof Delivery>

export const DeliveriesQuery = Type.Object(
  { ...PageQuery, state: Type.Optional(Type.Enum([...DELIVERY_STATES])) },
  { additionalProperties: false },
)
/** Newest first. */
export const DeliveryPage = pageOf(Delivery)
export type DeliveryPage = Static<typeof DeliveryPage>

/** What became of a test message, in plain words where it failed. */
export const ChannelTestAnswer = Type.Object({
  ok: Type.Boolean(),
  error: Type.Optional(Type.String()),
  httpStatus: Type.Optional(Type.Integer()),
})
export type ChannelTestAnswer = Static<typeof ChannelTestAnswer>

/**
 * The body that a webhook is posted. Headers: `Idempotency-Key`; `X-Timestamp` (Unix seconds); `X-Signature`,
 * `sha256=` and the HMAC of `<X-Timestamp>.<body>` in hexadecimal, by the channel’s secret.
 */
export const WebhookBody = Type.Object({
  event: Type.Enum(['alerts', 'test']),
  /** the transitions, in order; an alert may be there more than once */
  alerts: Type.Array(AlertEvent, { maxItems: 1_000 }),
  channel: Type.Object({ id: ChannelId, name: Type.String() }),
  sentAt: Timestamp,
})
export type WebhookBody = Static<typeof WebhookBody>
