import { type Static, Type } from 'typebox'
import { Alert, AlertEvent } from './alert.js'
import { StatusEvent } from './device.js'
import { DeviceId } from './device-id.js'
import { Positions } from './position.js'
import { Reading } from './telemetry.js'

/** Event names under which a reading reaches a browser one by one. */
export const READING_EVENTS = ['sensor:reading', 'sensor:data', 'sensor:all'] as const
export const STATUS_EVENTS = ['device:status', 'device:all'] as const
/** Event names under which a transition of an alert reaches a browser one by one. */
export const ALERT_EVENTS = ['alert', 'alert:device'] as const

/**
 * The events of each kind of subscription. `subscribe-all-devices` speaks the guide's names,
 * `subscribe:device` both documents', `subscribe:all` (administrators) stage 8's.
 */
export const SUBSCRIPTION_EVENTS = {
  device: ['sensor:reading', 'sensor:data', 'device:status', 'alert:device'],
  'all-devices': ['sensor:all', 'device:all'],
  all: ['sensor:data'],
  alerts: ['alert'],
} as const
export type SubscriptionKind = keyof typeof SUBSCRIPTION_EVENTS

/** Bounds of a batch window, ms. `true` means the shortest. */
export const BATCH_WINDOW_MS = { min: 100, max: 5_000, default: 100 } as const

export const BatchOptions = Type.Union([
  Type.Boolean(),
  Type.Object(
    {
      everyMs: Type.Optional(Type.Integer({ minimum: BATCH_WINDOW_MS.min, maximum: BATCH_WINDOW_MS.max })),
      /** only the newest reading per sensor in each window */
      latest: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
])

const Since = Type.Optional(
  Type.Object(Positions.properties, {
    description:
      'Where the caller was when its connection ended, within 120 s, on any replica. Keep it so: begin with `positions` of the first answer; take over `positions` of every `sensor:batch`, `alert:batch` and every `positions` event; where readings come one by one, set `readings[position.partition]` to `[position.offset, position.index]` with each (to `position.offset` where it has no index), and likewise `status[position.partition]` to `position.offset` with each status event and `alerts[position.partition]` with each `alert` or `alert:device`. After a reconnection send the same to every subscribe, and move it on only when all of them are answered (in the last callback itself: after an await, events behind the answer may have come already). Who has single and batched subscriptions keeps one for each way. Subscriptions with `latest` begin with a snapshot whatever they send. Without `alerts`, alerts go on from now.',
  }),
)

export const SubscribeOptions = Type.Object(
  {
    batch: Type.Optional(BatchOptions),
    /** which of the subscription's event names to send; without, all of its kind */
    names: Type.Optional(
      Type.Array(Type.Enum([...READING_EVENTS, ...STATUS_EVENTS, ...ALERT_EVENTS]), {
        minItems: 1,
        maxItems: 7,
        uniqueItems: true,
      }),
    ),
    since: Since,
  },
  { additionalProperties: false },
)
export type SubscribeOptions = Static<typeof SubscribeOptions>

export const SubscribeAlertsOptions = Type.Object(
  {
    /** transitions of a window in one `alert:batch`; none is ever left out */
    batch: Type.Optional(
      Type.Union([
        Type.Boolean(),
        Type.Object(
          {
            everyMs: Type.Optional(
              Type.Integer({ minimum: BATCH_WINDOW_MS.min, maximum: BATCH_WINDOW_MS.max }),
            ),
          },
          { additionalProperties: false },
        ),
      ]),
    ),
    names: Type.Optional(
      Type.Array(Type.Enum([...SUBSCRIPTION_EVENTS.alerts]), { minItems: 1, maxItems: 1 }),
    ),
    since: Since,
  },
  { additionalProperties: false },
)
export type SubscribeAlertsOptions = Static<typeof SubscribeAlertsOptions>

/** The answer to a subscribe. */
export const Subscribed = Type.Object({
  ok: Type.Literal(true),
  latest: Type.Array(Reading),
  status: Type.Array(StatusEvent),
  /** where the events of this subscription go on from */
  positions: Type.Object(Positions.properties, {
    description: 'The events of this subscription go on from here: recovered, from `since`; else from now.',
  }),
  recovered: Type.Boolean({
    description:
      'All that was missed after `since` follows this answer, in order, before what is new. False: none of it does, and `latest` and `status` are where things stand.',
  }),
  missed: Type.Optional(
    Type.Integer({
      minimum: 0,
      description:
        'Where it is recovered: how many readings were missed. They follow, but for those that another subscription of the connection brings.',
    }),
  ),
  /** Only of `subscribe-all-devices`. */
  truncated: Type.Optional(
    Type.Literal(true, {
      description:
        'There are more readings than one answer holds (50 000): `latest` and `status` are empty, and live events come all the same. Ask over REST, page by page.',
    }),
  ),
})
export type Subscribed = Static<typeof Subscribed>

/** Active alerts that one answer holds at most. */
export const MAX_ACTIVE_ALERTS = 1_000

/** The answer to `subscribe-alerts`. */
export const AlertsSubscribed = Type.Object({
  ok: Type.Literal(true),
  alerts: Type.Array(Alert, {
    maxItems: MAX_ACTIVE_ALERTS,
    description:
      'The active alerts (all but closed) that the caller may see, the newest opening first. An event may tell again what is in it: of one alert the higher `seq` is the newer.',
  }),
  positions: Subscribed.properties.positions,
  recovered: Subscribed.properties.recovered,
  truncated: Type.Optional(
    Type.Literal(true, {
      description:
        'More are active than one answer holds, or the store that knows them is away: what is here is true, and not all. Ask GET /api/alerts?state=active, page by page.',
    }),
  ),
})
export type AlertsSubscribed = Static<typeof AlertsSubscribed>

export const AlertBatch = Type.Object({
  /** oldest first; several of one alert where it changed more than once */
  alerts: Type.Array(AlertEvent),
  positions: Positions,
})
export type AlertBatch = Static<typeof AlertBatch>

export const SensorBatch = Type.Object({
  /** oldest first */
  readings: Type.Array(Reading),
  positions: Positions,
  /** newer readings replaced some of the same sensor */
  conflated: Type.Optional(Type.Literal(true)),
})
export type SensorBatch = Static<typeof SensorBatch>

/** The body of `resync`. */
export const Resync = Type.Object(
  {
    epoch: Type.String({ description: 'The log that is carried now.' }),
    kind: Type.Optional(Type.Enum(['readings', 'status', 'alerts'])),
    partition: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  {
    description:
      'Events of a kind and partition (without them: of all) were lost on their way and won’t come: subscribe again without `since` for a snapshot.',
  },
)
export type Resync = Static<typeof Resync>

/** The body of `device:visibility`. */
export const DeviceVisibility = Type.Object(
  { deviceId: DeviceId, visible: Type.Boolean() },
  {
    description:
      'A device has moved, or was removed, that the caller is subscribed to, by itself or with every device. Not visible: nothing of it comes any more, and whoever asks is told `NOT_FOUND`. A subscription of its own stays: visible again, it goes on, and what happened between the two is not sent.',
  },
)
export type DeviceVisibility = Static<typeof DeviceVisibility>
