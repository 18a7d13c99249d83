import { type Static, Type } from 'typebox'
import { SiteName } from './device.js'
import { DeviceId } from './device-id.js'
import { FieldFault } from './field-faults.js'
import { Duration, PageQuery, pageOf } from './http-api.js'
import { SensorType, Timestamp } from './telemetry.js'
import { WEEKDAYS } from './weekdays.js'

export const ALERT_OPERATORS = ['>', '>=', '<', '<=', '=', '!=', 'outside', 'inside'] as const
export type AlertOperator = (typeof ALERT_OPERATORS)[number]

export const AlertSeverity = Type.Enum(['warning', 'critical'])
export type AlertSeverity = Static<typeof AlertSeverity>

const TimeOfDay = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'HH:MM' })

/** Hours of the week; `to` at or before `from` ends on the next day. */
export const WeeklySchedule = Type.Object(
  {
    days: Type.Array(Type.Enum([...WEEKDAYS]), { minItems: 1, maxItems: 7, uniqueItems: true }),
    from: TimeOfDay,
    to: TimeOfDay,
    timeZone: Type.String({ minLength: 1, maxLength: 64, description: 'IANA name: Asia/Ho_Chi_Minh' }),
  },
  { additionalProperties: false },
)
export type WeeklySchedule = Static<typeof WeeklySchedule>

const ruleFields = {
  name: Type.String({ minLength: 1, maxLength: 128, pattern: '^[^\\u0000]*$' }),
  deviceId: Type.Optional(DeviceId),
  /** neither this nor `deviceId`: every device */
  site: Type.Optional(SiteName),
  /** may be left out where `noData` stands alone: then it is about the device as a whole */
  sensorType: Type.Optional(SensorType),
  operator: Type.Optional(Type.Enum([...ALERT_OPERATORS])),
  value: Type.Optional(Type.Number()),
  /** of `outside` and `inside`; both limits belong to the inside */
  low: Type.Optional(Type.Number()),
  high: Type.Optional(Type.Number()),
  /** the value at which it closes (hysteresis), for `>`, `>=`, `<`, `<=` */
  clear: Type.Optional(Type.Number()),
  /** how long the condition must hold before it opens */
  for: Type.Optional(Duration),
  /** opens when nothing has come for so long; without an operator it is a connectivity rule */
  noData: Type.Optional(Duration),
  severity: AlertSeverity,
  /** may name `{device}`, `{deviceId}`, `{sensor}`, `{value}`, `{unit}`, `{site}`, `{rule}`, `{threshold}` */
  message: Type.Optional(Type.String({ minLength: 1, maxLength: 500, pattern: '^[^\\u0000]*$' })),
  /** when it may open; an open alert closes at any hour */
  schedule: Type.Optional(WeeklySchedule),
}

/** What a person (or a file) says of a rule. Which fields go together `ruleFaults` of domain says. */
export const AlertRuleRequest = Type.Object(
  { ...ruleFields, enabled: Type.Optional(Type.Boolean({ default: true })) },
  { additionalProperties: false },
)
export type AlertRuleRequest = Static<typeof AlertRuleRequest>

/** Null takes a field away. */
export const AlertRulePatch = Type.Object(
  {
    name: Type.Optional(ruleFields.name),
    deviceId: Type.Optional(Type.Union([DeviceId, Type.Null()])),
    site: Type.Optional(Type.Union([SiteName, Type.Null()])),
    sensorType: Type.Optional(Type.Union([SensorType, Type.Null()])),
    operator: Type.Optional(Type.Union([Type.Enum([...ALERT_OPERATORS]), Type.Null()])),
    value: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
    low: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
    high: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
    clear: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
    for: Type.Optional(Type.Union([Duration, Type.Null()])),
    noData: Type.Optional(Type.Union([Duration, Type.Null()])),
    severity: Type.Optional(AlertSeverity),
    message: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 500 }), Type.Null()])),
    schedule: Type.Optional(Type.Union([WeeklySchedule, Type.Null()])),
    enabled: Type.Optional(Type.Boolean()),
    /** the revision that the change was made on: another one meanwhile is a CONFLICT */
    revision: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false, minProperties: 1 },
)
export type AlertRulePatch = Static<typeof AlertRulePatch>

/** A rule as it is in force. */
export const AlertRule = Type.Object({
  ...ruleFields,
  enabled: Type.Boolean(),
  id: Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,64}$' }),
  /** raised with every change; an alert says by which one it was opened */
  revision: Type.Integer({ minimum: 1 }),
  /** `file`: kept in config/rules and read-only elsewhere */
  source: Type.Enum(['api', 'file']),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  /** username */
  updatedBy: Type.Optional(Type.String()),
})
export type AlertRule = Static<typeof AlertRule>

export const AlertRulesQuery = Type.Object(
  {
    ...PageQuery,
    deviceId: Type.Optional(DeviceId),
    site: Type.Optional(SiteName),
    search: Type.Optional(Type.String({ maxLength: 128 })),
  },
  { additionalProperties: false },
)
export const AlertRulePage = pageOf(AlertRule)
export type AlertRulePage = Static<typeof AlertRulePage>

/** A rule, as it would have been in a span of the past. */
export const PreviewRequest = Type.Object(
  {
    rule: AlertRuleRequest,
    from: Type.String({ maxLength: 40 }),
    to: Type.String({ maxLength: 40 }),
  },
  { additionalProperties: false },
)
export type PreviewRequest = Static<typeof PreviewRequest>
export const PreviewEpisode = Type.Object({
  deviceId: DeviceId,
  sensorType: Type.Optional(SensorType),
  openedAt: Timestamp,
  closedAt: Type.Optional(Timestamp),
})
export type PreviewEpisode = Static<typeof PreviewEpisode>
export const PreviewAnswer = Type.Object({
  /** of all, also where `episodes` holds the first of them only */
  count: Type.Integer(),
  /** oldest first */
  episodes: Type.Array(PreviewEpisode, { maxItems: 1_000 }),
  /** what was not looked at: more devices or readings than one preview reads */
  truncated: Type.Optional(Type.Boolean()),
  devices: Type.Integer(),
  readings: Type.Integer(),
})
export type PreviewAnswer = Static<typeof PreviewAnswer>

/** A file of config/rules, as it was read last. */
export const RuleFile = Type.Object({
  /** its name in the folder */
  file: Type.String(),
  /** with faults, what was in force of it before stays */
  ok: Type.Boolean(),
  /** rules of it that are in force */
  rules: Type.Integer(),
  faults: Type.Array(FieldFault),
})
export type RuleFile = Static<typeof RuleFile>
export const RuleFilesAnswer = Type.Object({
  /** the folder that is read */
  folder: Type.String(),
  items: Type.Array(RuleFile),
})
export type RuleFilesAnswer = Static<typeof RuleFilesAnswer>

/** A span in which a device, or all of a site, opens no alert. */
export const MaintenanceWindowRequest = Type.Object(
  {
    deviceId: Type.Optional(DeviceId),
    site: Type.Optional(SiteName),
    from: Timestamp,
    to: Timestamp,
    reason: Type.Optional(Type.String({ maxLength: 256, pattern: '^[^\\u0000]*$' })),
  },
  { additionalProperties: false },
)
export type MaintenanceWindowRequest = Static<typeof MaintenanceWindowRequest>
export const MaintenanceWindow = Type.Object({
  ...MaintenanceWindowRequest.properties,
  id: Type.String(),
  createdAt: Timestamp,
  createdBy: Type.String(),
})
export type MaintenanceWindow = Static<typeof MaintenanceWindow>
export const MaintenanceWindowsQuery = Type.Object({ ...PageQuery }, { additionalProperties: false })
export const MaintenanceWindowPage = pageOf(MaintenanceWindow)
export type MaintenanceWindowPage = Static<typeof MaintenanceWindowPage>
