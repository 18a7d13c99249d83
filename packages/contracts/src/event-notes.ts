import { type TSchema, Type } from 'typebox'
import { Notification } from './notification.js'
import { AuthRefreshed, type ClientEvent, ConnectionFigures, type ServerEvent } from './socket-events.js'
import { AlertsSubscribed, Subscribed } from './socket-subscriptions.js'
import { Reading } from './telemetry.js'
import type { Role } from './user.js'

/** What the schemas of an event from a client don't say. */
export interface ClientEventNote {
  readonly summary: string
  /** the least role that may send it */
  readonly role: Role
  /** what the callback gets where it went well */
  readonly answer: TSchema
}

/** What the schema of an event from the server does not say. */
export interface ServerEventNote {
  readonly summary: string
  /** the least role that ever gets it */
  readonly role: Role
}

const Done = Type.Object({ ok: Type.Literal(true) })

const HistoryAnswer = Type.Object({
  ok: Type.Literal(true),
  success: Type.Literal(true),
  message: Type.String(),
  data: Type.Array(
    Type.Object({
      ...Reading.properties,
      count: Type.Optional(Type.Integer({ description: 'With `maxPoints`: the readings of the point.' })),
      min: Type.Optional(Type.Number()),
      max: Type.Optional(Type.Number()),
      last: Type.Optional(Type.Number()),
    }),
  ),
})

export const CLIENT_EVENT_NOTES = {
  'subscribe:device': {
    summary: 'Joins the room of a device. Sent again, it replaces the subscription and answers anew.',
    role: 'user',
    answer: Subscribed,
  },
  'unsubscribe:device': { summary: 'Leaves the room of a device.', role: 'user', answer: Done },
  'subscribe:all': {
    summary: 'Every device, under stage 8’s names.',
    role: 'admin',
    answer: Subscribed,
  },
  'unsubscribe:all': { summary: 'Ends `subscribe:all`.', role: 'admin', answer: Done },
  'subscribe-all-devices': {
    summary: 'Every device that the user may see.',
    role: 'user',
    answer: Subscribed,
  },
  'unsubscribe-all-devices': { summary: 'Ends `subscribe-all-devices`.', role: 'user', answer: Done },
  'subscribe-alerts': {
    summary: 'Every transition of every alert that the user may see; the answer holds those that are active.',
    role: 'user',
    answer: AlertsSubscribed,
  },
  'unsubscribe-alerts': { summary: 'Ends `subscribe-alerts`.', role: 'user', answer: Done },
  'subscribe-system': {
    summary: 'How the system is: `system:status` now and every 10 s, and at once when a service changes.',
    role: 'user',
    answer: Done,
  },
  'unsubscribe-system': { summary: 'Ends `subscribe-system`.', role: 'user', answer: Done },
  'request:latest': {
    summary: 'The newest reading of every sensor, of one device or of all, by callback and as `latest`.',
    role: 'user',
    answer: Type.Object({ ok: Type.Literal(true), latest: Type.Array(Reading) }),
  },
  'request:status': {
    summary: 'Connection figures, by callback and as `status:update`.',
    role: 'user',
    answer: Type.Object({ ok: Type.Literal(true), status: ConnectionFigures }),
  },
  'get:history': {
    summary:
      'Readings of a range of time, oldest first. A refusal carries `success: false` and `error` as well.',
    role: 'user',
    answer: HistoryAnswer,
  },
  'send:notification': {
    summary: 'A notice to everyone, to a role or to one user, on every replica; kept for who is away.',
    role: 'admin',
    answer: Type.Object({ ok: Type.Literal(true), notification: Notification }),
  },
  'notifications:read': {
    summary: 'Marks notices as read in all of the user’s tabs, like POST /api/notifications/read.',
    role: 'user',
    answer: Type.Object({ ok: Type.Literal(true), unread: Type.Integer() }),
  },
  'auth:refresh': {
    summary: 'A new access token of the same user for this connection, which goes on.',
    role: 'user',
    answer: AuthRefreshed,
  },
  ping: {
    summary: 'The server’s time, by callback and as `pong`.',
    role: 'user',
    answer: Type.Object({ ok: Type.Literal(true), serverTime: Type.String() }),
  },
} as const satisfies Record<ClientEvent, ClientEventNote>

export const SERVER_EVENT_NOTES = {
  connected: { summary: 'The session has begun.', role: 'user' },
  welcome: { summary: 'The same as `connected`, under stage 8’s name.', role: 'user' },
  'sensor:reading': { summary: 'A reading, to who subscribed its device.', role: 'user' },
  'sensor:data': {
    summary: 'The same as `sensor:reading`, under stage 8’s name; and to those of `subscribe:all`.',
    role: 'user',
  },
  'sensor:all': { summary: 'A reading, to those of `subscribe-all-devices`.', role: 'user' },
  'sensor:batch': {
    summary: 'The readings of a window in one frame, to subscriptions made with `batch`.',
    role: 'user',
  },
  'device:status': { summary: 'A status change, to who subscribed the device.', role: 'user' },
  'device:all': { summary: 'A status change, to those who watch every device.', role: 'user' },
  'device:visibility': {
    summary:
      'A device has gone out of sight of a user who is limited to sites and subscribed it, or every device; or one with a subscription of its own is back.',
    role: 'user',
  },
  alert: {
    summary:
      'A transition of an alert, to those of `subscribe-alerts`; alerts about the system itself to administrators.',
    role: 'user',
  },
  'alert:device': { summary: 'A transition of an alert, to who subscribed its device.', role: 'user' },
  'alert:batch': {
    summary:
      'The transitions of a window in one frame, to subscriptions made with `batch`: none left out, none merged.',
    role: 'user',
  },
  'alert:system': {
    summary:
      'An alert about the system itself has opened, changed or closed: to everyone connected, without who did what. It is not fetched up after a reconnection.',
    role: 'user',
  },
  'system:alert': { summary: 'The same as `alert:system`, under stage 8’s name.', role: 'user' },
  positions: {
    summary: 'Every 10 s: all up to here was sent. Send the newest as `since` after a reconnection.',
    role: 'user',
  },
  resync: { summary: 'Events were lost and won’t come: subscribe anew.', role: 'user' },
  latest: { summary: 'The answer to `request:latest`.', role: 'user' },
  'status:update': {
    summary: 'Connection figures: on request, and to administrators as they change.',
    role: 'user',
  },
  'system:status': {
    summary: 'Health of the system and its key figures, to those of `subscribe-system`.',
    role: 'user',
  },
  notification: { summary: 'A notice from an administrator or the system.', role: 'user' },
  'notifications:read': {
    summary: 'The user has read notices: in this tab, another one, or over REST.',
    role: 'user',
  },
  'user:joined': { summary: 'A user has come, in their first tab on any replica.', role: 'admin' },
  'user:left': { summary: 'A user has gone, with their last tab on any replica.', role: 'admin' },
  'auth:expiring': {
    summary: 'The access token ends in a minute: fetch a new one and send `auth:refresh`.',
    role: 'user',
  },
  'auth:expired': {
    summary: 'The access token has ended, or the rights that it stands for: the connection is closed.',
    role: 'user',
  },
  pong: { summary: 'The answer to `ping`.', role: 'user' },
} as const satisfies Record<ServerEvent, ServerEventNote>
