import type { SocketRelay } from '@iot/ports'
import type { Component } from '@iot/runtime'
import { createShardedAdapter } from '@socket.io/redis-adapter'
import { RedisConnection, type RedisSettings } from '../redis-connection.js'
import { RelayClient } from './relay-client.js'

/** What its channels begin with. In braces: a cluster keeps them on one node. */
const CHANNEL_PREFIX = 'iot:{sockets}'

/**
 * Socket.IO's own adapter for Redis, by sharded channels. One channel for all rooms: what goes by it is rare (news for
 * administrators), and a channel per room would mean a subscription for every room that comes and goes.
 */
export function createRedisSocketRelay(deps: {
  /** publishes; somebody else starts and stops it */
  readonly redis: RedisConnection
  /** of the connection that listens */
  readonly settings: RedisSettings
}): SocketRelay & Component {
  const { redis, settings } = deps
  const subscriber = new RedisConnection({ ...settings, isOptional: true }, 'redis-sockets')
  const client = new RelayClient({ publisher: redis, subscriber, logger: settings.logger })
  return {
    name: 'socket-relay',
    adapter: createShardedAdapter(client, client, {
      channelPrefix: CHANNEL_PREFIX,
      subscriptionMode: 'static',
    }),
    start: (context) => subscriber.start(context),
    stop: () => subscriber.stop(),
    health: () =>
      subscriber.isReady
        ? { status: 'healthy' }
        : { status: 'degraded', detail: 'administrators hear of this replica’s users alone' },
  }
}
