import type { Kafka } from 'kafkajs'

export interface Place {
  readonly topic: string
  readonly partition: number
}

export interface ProducedBatch extends Place {
  readonly messages: readonly { key: string; value: string; timestamp: string }[]
}

export interface FetchedMessage {
  readonly offset: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: string
}

export interface GroupMembership {
  readonly memberId: string
  readonly generationId: number
}

interface PerTopic<Item> {
  readonly topic: string
  readonly partitions: Item[]
}

/** What we use of the client's broker: one method for each request of the protocol. */
export interface Broker {
  produce(request: {
    acks: number
    timeout: number
    topicData: PerTopic<{ partition: number; messages: ProducedBatch['messages'] }>[]
  }): Promise<{
    topics: { topicName: string; partitions: { partition: number; baseOffset: string }[] }[]
  }>
  fetch(request: {
    maxWaitTime: number
    minBytes: number
    maxBytes: number
    topics: PerTopic<{ partition: number; fetchOffset: string; maxBytes: number }>[]
  }): Promise<{
    responses: {
      topicName: string
      partitions: {
        partition: number
        highWatermark: string
        lastStartOffset: string
        messages: FetchedMessage[]
      }[]
    }[]
  }>
  offsetFetch(request: { groupId: string; topics: PerTopic<{ partition: number }>[] }): Promise<{
    responses: PerTopic<{ partition: number; offset: string }>[]
  }>
  offsetCommit(request: {
    groupId: string
    groupGenerationId: number
    memberId: string
    topics: PerTopic<{ partition: number; offset: string }>[]
  }): Promise<unknown>
  joinGroup(request: {
    groupId: string
    sessionTimeout: number
    rebalanceTimeout: number
    memberId: string
    groupProtocols: { name: string; metadata: Buffer }[]
  }): Promise<GroupMembership & { leaderId: string; members: { memberId: string; memberMetadata: Buffer }[] }>
  syncGroup(
    request: GroupMembership & {
      groupId: string
      groupAssignment: { memberId: string; memberAssignment: Buffer }[]
    },
  ): Promise<{ memberAssignment: Buffer }>
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>
}

/** What we use of the client's cluster: metadata, and the connections to its brokers. */
export interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  refreshMetadata(): Promise<void>
  findBroker(options: { nodeId: number }): Promise<Broker>
  findGroupCoordinator(options: { groupId: string }): Promise<Broker>
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[]
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<PerTopic<{ partition: number; offset: string }>[]>
}

const CREATE_CLUSTER = 'private:Kafka:createCluster'

/**
 * The client's own connections and protocol, without its producer and consumer. It keeps them to itself, so
 * this asks for them by the name of its private method; the version is pinned, and another one is refused here.
 */
export function createCluster(kafka: Kafka): Cluster {
  const withPrivate = kafka as unknown as Record<symbol, (options: object) => Cluster>
  const key = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER)
  if (!key) throw new Error('this version of kafkajs does not have its cluster where 2.2.4 has it: pin 2.2.4')
  return withPrivate[key]!({ allowAutoTopicCreation: false, metadataMaxAge: 300_000 })
}
