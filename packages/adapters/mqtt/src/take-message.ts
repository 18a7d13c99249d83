import type { DoorKeeper } from '@iot/ports'
import type { TakeMessage } from './device-connection.js'
import type { Interests } from './interests.js'

/**
 * Takes the messages that only the keeper wants: of a client that may send them, on a topic that nobody listens
 * to. All others go through the broker, which asks the same keeper.
 */
export function createTakeMessage(deps: { keeper: DoorKeeper; interests: Interests }): TakeMessage {
  const { keeper, interests } = deps
  return (connection, { topic, payload }) => {
    const { session } = connection
    if (!session || interests.includes(topic) || !keeper.mayPublish(session.identity, topic)) return undefined
    const { identity, clientId } = session
    return keeper.accept({ topic, payload, clientId, identity, receivedAtMs: connection.readAtMs })
  }
}
