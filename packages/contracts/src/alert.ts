import { type Static, Type } from 'typebox'
import { ALERT_OPERATORS, AlertSeverity } from './alert-rule.js'
import { SiteName } from './device.js'
import { DeviceId } from './device-id.js'
import { Duration, PageQuery, pageOf } from './http-api.js'
import { Position } from './position.js'
import { SensorType, Timestamp } from './telemetry.js'

export const AlertId = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })
export const AlertType = Type.Enum(['threshold', 'connectivity', 'system'])
export type AlertType = Static<typeof AlertType>

/** Open and not yet seen to; somebody has it; put aside until a time; over. All but `closed` are active. */
export const AlertState = Type.Enum(['open', 'acknowledged', 'shelved', 'closed'])
export type AlertState = Static<typeof AlertState>

export const AlertTransition = Type.Enum([
  'opened',
  'acknowledged',
  'shelved',
  'unshelved',
  'commented',
  'closed',
])
export type AlertTransition = Static<typeof AlertTransition>

/** Which states each transition may follow; `opened` begins an alert, so it follows none. Everybody who folds goes by it. */
export const TRANSITION_FOLLOWS: Readonly<Record<AlertTransition, readonly AlertState[]>> = {
  opened: [],
  acknowledged: ['open', 'shelved'],
  shelved: ['open', 'acknowledged', 'shelved'],
  unshelved: ['shelved'],
  commented: ['open', 'acknowledged', 'shelved', 'closed'],
  closed: ['open', 'acknowledged', 'shelved'],
}

/** `cleared` by the condition; `resolved` by hand: it opens again only after the condition has cleared once. */
export const AlertCloseReason = Type.Enum([
  'cleared',
  'resolved',
  'rule changed',
  'rule removed',
  'device removed',
])
export type AlertCloseReason = Static<typeof AlertCloseReason>

/** The limits that were crossed, and the value that did. */
export const AlertThreshold = Type.Object({
  operator: Type.Enum([...ALERT_OPERATORS]),
  value: Type.Optional(Type.Number()),
  low: Type.Optional(Type.Number()),
  high: Type.Optional(Type.Number()),
  current: Type.Number(),
  unit: Type.Optional(Type.String()),
})
export type AlertThreshold = Static<typeof AlertThreshold>

/** An alert as it stands after its newest transition: the guide's body and what the contract adds. */
export const Alert = Type.Object({
  alertId: AlertId,
  /** absent: about a site as a whole, or about the system */
  deviceId: Type.Optional(DeviceId),
  /** of the device when it opened; of the alert itself where there is no device */
  site: Type.Optional(SiteName),
  sensorType: Type.Optional(SensorType),
  severity: AlertSeverity,
  type: AlertType,
  message: Type.String({ maxLength: 1_000 }),
  /** of the newest transition */
  timestamp: Timestamp,
  threshold: Type.Optional(AlertThreshold),
  state: AlertState,
  /** absent: the system’s own */
  ruleId: Type.Optional(Type.String()),
  ruleRevision: Type.Optional(Type.Integer()),
  ruleName: Type.Optional(Type.String()),
  /** how often this rule has opened on this device and sensor, this time included */
  episode: Type.Integer({ minimum: 1 }),
  /** the transitions of this alert so far */
  seq: Type.Integer({ minimum: 1 }),
  openedAt: Timestamp,
  closedAt: Type.Optional(Timestamp),
  closeReason: Type.Optional(AlertCloseReason),
  /** usernames */
  acknowledgedBy: Type.Optional(Type.String()),
  acknowledgedAt: Type.Optional(Timestamp),
  shelvedBy: Type.Optional(Type.String()),
  shelvedUntil: Type.Optional(Timestamp),
  /** it opens and closes again and again: it stays open until it has been calm for a while */
  flapping: Type.Optional(Type.Literal(true)),
  /** of system alerts */
  affectedServices: Type.Optional(Type.Array(Type.String(), { maxItems: 16 })),
  /** of an alert about a site as a whole: how many of its devices are silent */
  affectedDevices: Type.Optional(Type.Integer()),
})
export type Alert = Static<typeof Alert>

/** What happened to the alert just now. */
const Happening = {
  transition: AlertTransition,
  /** username; absent: the system */
  by: Type.Optional(Type.String()),
  comment: Type.Optional(Type.String({ maxLength: 1_000 })),
}

/** The body of `alert`, `alert:device`, `alert:system` and `system:alert`. */
export const AlertEvent = Type.Object({
  ...Alert.properties,
  ...Happening,
  position: Type.Optional(Position),
})
export type AlertEvent = Static<typeof AlertEvent>

/** The key of alerts that belong to no device. */
export const SYSTEM_ALERT_KEY = 'system'
export function siteAlertKey(site: string): string {
  return `site:${site}`
}

/** What an alert is keyed by in the log. */
export function alertKey({ deviceId, site, type }: Pick<Alert, 'deviceId' | 'site' | 'type'>): string {
  if (deviceId !== undefined) return deviceId
  return site !== undefined && type !== 'system' ? siteAlertKey(site) : SYSTEM_ALERT_KEY
}

/** What has one active alert at most, as text: a rule (or the system) on a device, site or service, and sensor. */
export function alertSlot(ruleId: string | undefined, key: string, sensorType: string | undefined): string {
  return `${ruleId ?? ''}\n${key}\n${sensorType ?? ''}`
}

/**
 * A record of `alerts`. A transition counts only where its `seq` is the next of its alert, and an opening only where
 * its (rule, device, sensor) has no active alert: of two writers the first in the log wins, for every reader alike.
 */
export const AlertRecord = Type.Union([
  Type.Object({
    kind: Type.Literal('transition'),
    /** the record’s key in the log: a device id, `siteAlertKey`, or `SYSTEM_ALERT_KEY` */
    key: Type.String({ minLength: 1, maxLength: 128 }),
    ...Happening,
    /** the request that it answers */
    actionId: Type.Optional(Type.String({ maxLength: 64 })),
    /** readings of the partition below this offset have been judged: evaluating them again decides nothing of this alert */
    upTo: Type.Integer({ minimum: 0 }),
    /** and its status changes below this one */
    statusUpTo: Type.Optional(Type.Integer({ minimum: 0 })),
    alert: Alert,
  }),
  /** A request that was not granted, and why: whoever asked is told. */
  Type.Object({
    kind: Type.Literal('refused'),
    key: Type.String({ minLength: 1, maxLength: 128 }),
    actionId: Type.String({ maxLength: 64 }),
    alertId: AlertId,
    timestamp: Timestamp,
    message: Type.String({ maxLength: 500 }),
  }),
])
export type AlertRecord = Static<typeof AlertRecord>
export type AlertTransitionRecord = Extract<AlertRecord, { kind: 'transition' }>
export type AlertRefusalRecord = Extract<AlertRecord, { kind: 'refused' }>

export const ALERT_ACTIONS = ['acknowledge', 'shelve', 'unshelve', 'resolve', 'comment'] as const

/** A record of `alert-actions`: a request of a person. */
export const AlertActionRecord = Type.Object({
  /** given by who takes the request in; the same again is the same request */
  actionId: Type.String({ minLength: 1, maxLength: 64 }),
  alertId: AlertId,
  key: Type.String({ minLength: 1, maxLength: 128 }),
  action: Type.Enum([...ALERT_ACTIONS]),
  /** username */
  by: Type.String({ maxLength: 64 }),
  timestamp: Timestamp,
  /** of `shelve` */
  until: Type.Optional(Timestamp),
  comment: Type.Optional(Type.String({ maxLength: 1_000 })),
})
export type AlertActionRecord = Static<typeof AlertActionRecord>

// --- REST
export const AlertsQuery = Type.Object(
  {
    ...PageQuery,
    /** `active`: all but closed */
    state: Type.Optional(Type.Enum(['active', 'open', 'acknowledged', 'shelved', 'closed'])),
    severity: Type.Optional(AlertSeverity),
    type: Type.Optional(AlertType),
    deviceId: Type.Optional(DeviceId),
    sensorType: Type.Optional(SensorType),
    site: Type.Optional(SiteName),
    ruleId: Type.Optional(Type.String({ maxLength: 64 })),
    search: Type.Optional(Type.String({ maxLength: 128 })),
    /** alerts that were open at some time of the range */
    from: Type.Optional(Type.String({ maxLength: 40 })),
    to: Type.Optional(Type.String({ maxLength: 40 })),
  },
  { additionalProperties: false },
)
/** Newest opening first. */
export const AlertPage = pageOf(Alert)
export type AlertPage = Static<typeof AlertPage>

export const AlertComment = Type.Object({ by: Type.String(), timestamp: Timestamp, text: Type.String() })
export type AlertComment = Static<typeof AlertComment>
export const AlertHistoryEntry = Type.Object({ seq: Type.Integer(), timestamp: Timestamp, ...Happening })
export type AlertHistoryEntry = Static<typeof AlertHistoryEntry>
export const AlertDetail = Type.Object({
  ...Alert.properties,
  /** oldest first */
  comments: Type.Array(AlertComment),
  history: Type.Array(AlertHistoryEntry),
})
export type AlertDetail = Static<typeof AlertDetail>

export const AlertCommentText = Type.String({ minLength: 1, maxLength: 1_000, pattern: '^[^\\u0000]*$' })
export const AlertActionRequest = Type.Object(
  { comment: Type.Optional(AlertCommentText) },
  { additionalProperties: false },
)
export const ShelveRequest = Type.Object(
  { for: Duration, comment: Type.Optional(AlertCommentText) },
  { additionalProperties: false },
)
export const CommentRequest = Type.Object({ comment: AlertCommentText }, { additionalProperties: false })
/** Several at once; each is granted or refused by itself. */
export const BulkAlertRequest = Type.Object(
  {
    action: Type.Enum(['acknowledge', 'shelve', 'resolve']),
    alertIds: Type.Array(AlertId, { minItems: 1, maxItems: 100, uniqueItems: true }),
    for: Type.Optional(Duration),
    comment: Type.Optional(AlertCommentText),
  },
  { additionalProperties: false },
)
export type BulkAlertRequest = Static<typeof BulkAlertRequest>
export const BulkAlertAnswer = Type.Object({
  results: Type.Array(
    Type.Object({
      alertId: AlertId,
      ok: Type.Boolean(),
      code: Type.Optional(Type.String()),
      message: Type.Optional(Type.String()),
    }),
  ),
})
export type BulkAlertAnswer = Static<typeof BulkAlertAnswer>
