import type { DeviceIdentity, DoorKeeper } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import { Aedes, type AedesOptions, type AuthenticateError, type Client } from 'aedes'
import mqttPacket from 'mqtt-packet'
import type { BoundedSessions } from './bounded-sessions.js'
import { DeviceConnection } from './device-connection.js'
import type { Interests } from './interests.js'
import { createSeldom } from './seldom.js'

/** How long it may take to find out who somebody is. */
const AUTHENTICATE_LIMIT_MS = 20_000
/** Between two lines about attempts that could not be answered; there may be thousands at once. */
const UNANSWERED_EVERY_MS = 10_000
/** Topic filters of one connection. */
const MAX_FILTERS = 64

const SERVER_UNAVAILABLE = 3
const BAD_USERNAME_OR_PASSWORD = 4
const NOT_AUTHORIZED = 5

type Publish = Parameters<NonNullable<AedesOptions['authorizePublish']>>[1]
type Done = (error?: Error | null) => void

export interface DeviceBrokerDeps {
  readonly keeper: DoorKeeper
  readonly sessions: BoundedSessions
  readonly interests: Interests
  readonly connectTimeoutMs: number
  readonly log: Logger
  /** True while the door closes: who is sent away then has not died, so wills are not published. */
  isClosing(): boolean
}

type Unanswered = ReturnType<typeof createSeldom>

/** The MQTT broker (3.1.1, QoS 0 to 2) behind the connections, whose hooks ask the keeper. */
export async function createDeviceBroker(deps: DeviceBrokerDeps): Promise<Aedes> {
  // Of every number that a packet may hold it would make a buffer beforehand: 11 MB, and 65 536 objects to mark.
  mqttPacket.writeToStream.cacheNumbers = false
  const unanswered = createSeldom({ everyMs: UNANSWERED_EVERY_MS })
  const broker = await Aedes.createBroker({
    persistence: deps.sessions,
    // subscribers never make a publisher wait: connections take every write at once and bound it themselves
    concurrency: 0,
    drainTimeout: 5_000,
    connectTimeout: deps.connectTimeoutMs,
    maxInflightInbound: 0,
    preConnect: (client, packet, done) => {
      const connection = client.conn as DeviceConnection
      // the connection watches the keep-alive itself, because only it knows when it does not listen
      connection.keepAliveMs = (packet.keepalive ?? 0) * 1_500
      packet.keepalive = 0
      // [MQTT-3.1.3-7] a session that lasts needs a name
      if (!packet.clientId) packet.clean = true
      done(null, true)
    },
    authenticate: (client, username, password, done) => {
      void authenticate({ ...deps, unanswered }, client, username, password?.toString()).then(
        () => done(null, true),
        (error: AuthenticateError) => done(error, null),
      )
    },
    authorizePublish: (client, packet, done) => authorizePublish(deps, client, packet, done),
    authorizeSubscribe: (client, subscription, done) => {
      const connection = client.conn as DeviceConnection
      const isAllowed = mayAddFilter(connection, subscription.topic, deps.keeper)
      if (isAllowed) {
        connection.filters.add(subscription.topic)
        deps.interests.add(ownerOfFilters(client), subscription.topic)
      }
      done(null, isAllowed ? subscription : null)
    },
    authorizeForward: (client, packet) => {
      const connection = client.conn as DeviceConnection
      if (!connection.isClogged) return packet
      if (packet.qos === 0) return null
      connection.destroy(new Error('slow subscriber'))
      return packet
    },
  })
  broker.on('clientReady', (client) => (client.conn as DeviceConnection).ready())
  broker.on('unsubscribe', (filters, client) => {
    for (const filter of filters) {
      ;(client.conn as DeviceConnection).filters.delete(filter)
      deps.interests.remove(ownerOfFilters(client), filter)
    }
  })
  for (const event of ['clientError', 'connectionError'] as const) {
    broker.on(event, (client, error) => {
      const { address, session } = client.conn as DeviceConnection
      deps.log.debug({ address, clientId: session?.clientId, reason: error.message }, 'connection ended')
    })
  }
  broker.on(
    'error' as 'closed',
    ((error: unknown) => deps.log.error({ err: error }, 'broker error')) as () => void,
  )
  return broker
}

async function authenticate(
  deps: DeviceBrokerDeps & { unanswered: Unanswered },
  client: Client,
  username: string | undefined,
  password: string | undefined,
): Promise<void> {
  const connection = client.conn as DeviceConnection
  const clientId = client.id
  const identity = await withLimit(
    deps.keeper.authenticate({
      clientId,
      address: connection.address,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
    }),
  ).catch((error: unknown) => {
    const attempts = deps.unanswered()
    const facts = { err: error, clientId, address: connection.address, attempts }
    if (attempts !== undefined) deps.log.error(facts, 'can’t tell who connects: told to try again')
    throw connackError(SERVER_UNAVAILABLE, 'server unavailable')
  })
  if (identity === 'refused') {
    deps.log.info({ clientId, address: connection.address }, 'connection refused')
    const code = username === undefined ? NOT_AUTHORIZED : BAD_USERNAME_OR_PASSWORD
    throw connackError(code, 'refused by the keeper')
  }
  connection.session = { identity, clientId }
  // nobody can take over, or resume, the session of somebody else by calling themselves the same
  ;(client as { id: string }).id = `${ownerOf(identity)}/${clientId}`
}

function authorizePublish(deps: DeviceBrokerDeps, client: Client | null, packet: Publish, done: Done): void {
  const connection = client?.conn
  if (!client || !(connection instanceof DeviceConnection) || !connection.session) {
    done(new Error('nobody publishes this'))
    return
  }
  const { identity, clientId } = connection.session
  if (packet.topic.startsWith('$') || !deps.keeper.mayPublish(identity, packet.topic)) {
    deps.log.info({ clientId, address: connection.address, topic: packet.topic }, 'publish refused')
    done(new Error('may not publish there'))
    return
  }
  const isWill = client.closed
  if (isWill && deps.isClosing()) {
    done(new Error('the door is closing'))
    return
  }
  packet.retain = false
  const payload = bytesOf(packet.payload)
  const accept = () =>
    deps.keeper.accept({
      topic: packet.topic,
      payload,
      clientId,
      identity,
      receivedAtMs: connection.readAtMs,
    })
  const messageId = (packet as { messageId?: number }).messageId
  const isExactlyOnce = packet.qos === 2 && !isWill && messageId !== undefined
  const work = isExactlyOnce ? deps.sessions.receive(client, messageId, accept) : accept()
  if (work) connection.admit(work, payload.length + packet.topic.length, done)
  else done(new Error('too many messages of QoS 2 without PUBREL'))
}

function mayAddFilter(connection: DeviceConnection, filter: string, keeper: DoorKeeper): boolean {
  if (!connection.session || filter.startsWith('$')) return false
  if (connection.filters.size >= MAX_FILTERS && !connection.filters.has(filter)) return false
  return keeper.maySubscribe(connection.session.identity, filter)
}

async function withLimit<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('authentication took too long')), AUTHENTICATE_LIMIT_MS)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

function connackError(returnCode: number, message: string): AuthenticateError {
  return Object.assign(new Error(message), { returnCode }) as AuthenticateError
}

/** Whose filters they are: those of a lasting session outlive its connection. */
function ownerOfFilters(client: Client): unknown {
  return client.clean ? client.conn : client.id
}

function ownerOf(identity: DeviceIdentity): string {
  return identity.kind === 'anonymous' ? 'anonymous' : `${identity.kind}:${identity.deviceId}`
}

function bytesOf(payload: Publish['payload']): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload
}
