import {
  AuthRefreshed,
  CLIENT_EVENT_NOTES,
  CLIENT_EVENTS,
  type ClientEvent,
  type ClientEventNote,
  ConnectionFigures,
  Failure,
  HandshakeRefusal,
  Notification,
  NotificationRequest,
  Position,
  Positions,
  Reading,
  SERVER_EVENT_NOTES,
  SERVER_EVENTS,
  SensorBatch,
  type ServerEvent,
  type ServerEventNote,
  SessionUser,
  SOCKET_PROTOCOL,
  StatusEvent,
  Subscribed,
  SubscribeOptions,
  SystemStatusEvent,
  UserPresence,
  Welcome,
} from '@iot/contracts'
import { type TSchema, Type } from 'typebox'

/** Schemas that the document holds once, under their names. The larger ones refer to the smaller. */
const NAMED: Readonly<Record<string, TSchema>> = {
  Subscribed,
  SubscribeOptions,
  SensorBatch,
  Welcome,
  SystemStatusEvent,
  ConnectionFigures,
  HandshakeRefusal,
  AuthRefreshed,
  Notification,
  NotificationRequest,
  UserPresence,
  Failure,
  SessionUser,
  Reading,
  StatusEvent,
  Positions,
  Position,
}

const CHANNEL = '#/channels/sockets'
const DESCRIPTION =
  'Socket.IO 4 (Engine.IO 4) at the path of SOCKET_IO_PATH, `/socket.io` by default, in the namespace `/`; websocket first, ' +
  'polling as a fallback. The access token goes as `auth: { token }` with the handshake. A message’s name is the ' +
  'event’s. What a client sends has a list of arguments as its payload, and takes a callback as one more: its ' +
  'answer is the operation’s reply. What the server sends has its one argument as its payload.'

export interface EventOperation {
  readonly action: 'receive' | 'send'
  readonly title: string
  readonly summary: string
  readonly 'x-role': string
  readonly channel: Reference
  readonly messages: readonly Reference[]
  readonly reply?: { readonly channel: Reference; readonly messages: readonly Reference[] }
}
interface Reference {
  readonly $ref: string
}
export interface EventMessage {
  readonly name: string
  readonly summary: string
  readonly payload: unknown
}

export type AsyncApiDocument = ReturnType<typeof describeEvents>

/** AsyncAPI 3.1 of everything that passes over the sockets, from the schemas that check it. */
export function describeEvents() {
  const messages: Record<string, EventMessage> = {}
  const operations: Record<string, EventOperation> = {}
  for (const [event, schemas] of Object.entries<readonly TSchema[]>(CLIENT_EVENTS)) {
    const { summary, role, answer } = CLIENT_EVENT_NOTES[event as ClientEvent] as ClientEventNote
    const id = idOf(event)
    messages[id] = { name: event, summary, payload: argumentsOf(schemas) }
    messages[`${id}Answer`] = {
      name: `${event} (callback)`,
      summary: 'What the callback is called with.',
      payload: present({ anyOf: [answer, Failure] }),
    }
    operations[id] = {
      ...operationOf('receive', event, summary, role, id),
      reply: { channel: { $ref: CHANNEL }, messages: [{ $ref: `${CHANNEL}/messages/${id}Answer` }] },
    }
  }
  for (const [event, schema] of Object.entries<TSchema>(SERVER_EVENTS)) {
    const { summary, role } = SERVER_EVENT_NOTES[event as ServerEvent] as ServerEventNote
    const id = idOf(event, messages)
    messages[id] = { name: event, summary, payload: present(schema) }
    operations[id] = operationOf('send', event, summary, role, id)
  }
  const refused = 'The handshake is refused; `data` says why, and when to try again where that helps.'
  messages.connectError = {
    name: 'connect_error',
    summary: refused,
    payload: present(Type.Object({ message: Type.String(), data: HandshakeRefusal })),
  }
  operations.connectError = operationOf('send', 'connect_error', refused, 'user', 'connectError')
  return frame(messages, operations)
}

function frame(
  messages: Readonly<Record<string, EventMessage>>,
  operations: Readonly<Record<string, EventOperation>>,
) {
  const ids = Object.keys(messages)
  return {
    asyncapi: '3.1.0' as const,
    info: {
      title: 'IoT Monitoring: events over the sockets',
      version: `${SOCKET_PROTOCOL}.0.0`,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      description: DESCRIPTION,
    },
    defaultContentType: 'application/json',
    channels: {
      sockets: {
        address: '/socket.io',
        title: 'One connection',
        messages: Object.fromEntries(ids.map((id) => [id, { $ref: `#/components/messages/${id}` }])),
        bindings: { ws: { method: 'GET', query: ENGINE_QUERY, bindingVersion: '0.1.0' } },
      },
    },
    operations,
    components: {
      messages,
      schemas: Object.fromEntries(
        Object.entries(NAMED).map(([name, schema]) => [name, present(schema, name)]),
      ),
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'As `auth.token` of the handshake, not as a header.',
        },
      },
    },
  }
}

const ENGINE_QUERY = {
  type: 'object',
  required: ['EIO', 'transport'],
  properties: {
    EIO: { type: 'string', const: '4' },
    transport: { type: 'string', enum: ['websocket', 'polling'] },
  },
}

function operationOf(
  action: EventOperation['action'],
  event: string,
  summary: string,
  role: string,
  id: string,
): EventOperation {
  return {
    action,
    title: event,
    summary,
    'x-role': role,
    channel: { $ref: CHANNEL },
    messages: [{ $ref: `${CHANNEL}/messages/${id}` }],
  }
}

/** `subscribe:device` is `subscribeDevice`; where a client's event has the name too, the server's says so. */
function idOf(event: string, taken: object = {}): string {
  const [first = '', ...rest] = event.split(/[^A-Za-z0-9]+/)
  const id = first + rest.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
  return id in taken ? `${id}FromServer` : id
}

/** A list of arguments, of which those at the end may be left out. */
function argumentsOf(schemas: readonly TSchema[]) {
  return {
    type: 'array',
    items: schemas.length === 0 ? false : schemas.map((schema) => present(schema)),
    minItems: schemas.filter((schema) => !Type.IsOptional(schema)).length,
    maxItems: schemas.length,
    additionalItems: false,
  }
}

/** Plain JSON Schema, with references where a named schema (other than `self`) stands inside. */
function present(schema: unknown, self?: string): unknown {
  const written = JSON.stringify(schema)
  const name = Object.keys(NAMED).find((one) => one !== self && JSON.stringify(NAMED[one]) === written)
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` }
  if (Array.isArray(schema)) return schema.map((item) => present(item))
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, present(value)]))
}
