import type { SocketRelay } from '@iot/ports'
import { ClusterAdapter, type ClusterMessage } from 'socket.io-adapter'

/** A relay between the replicas of one process, with Socket.IO's own idea of what goes over. */
export function createInProcessRelay(): SocketRelay {
  const members = new Set<InProcessAdapter>()

  class InProcessAdapter extends ClusterAdapter {
    constructor(namespace: never) {
      super(namespace)
      members.add(this)
    }

    hear(message: ClusterMessage): void {
      this.onMessage(message)
    }

    override async doPublish(message: ClusterMessage): Promise<string> {
      for (const member of members) if (member !== this) member.hear(structuredClone(message))
      return ''
    }

    override async doPublishResponse(): Promise<void> {}

    override close(): void {
      members.delete(this)
    }
  }

  // No arrow function: Socket.IO says `new` to it.
  function adapter(namespace: never): InProcessAdapter {
    return new InProcessAdapter(namespace)
  }
  return { adapter }
}
