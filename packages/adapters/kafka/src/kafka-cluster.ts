import type { Kafka } from 'kafkajs'

export interface Place {
  readonly topic: string
  readonly partition: number
}

export interface ProducedRecord {
  readonly key: string
  readonly value: string
  readonly timestampMs: number
}

export interface ProduceRequest {
  readonly acks: number
  /** how long the leader may wait for its followers, ms */
  readonly timeout: number
  readonly topicData: readonly {
    readonly topic: string
    readonly partitions: readonly {
      readonly partition: number
      readonly messages: readonly ProducedRecord[]
    }[]
  }[]
}

export interface FetchRequest {
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly partitionBytes: number
  readonly places: readonly (Place & { readonly offset: number })[]
}

export interface FetchedRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly key: string
  /** undefined: it has no value */
  readonly text: string | undefined
  /** of key and value */
  readonly bytes: number
}

/** Besides the places' own, names are those by which the client looks at it. */
export interface FetchAnswer {
  readonly throttleTime: number
  readonly clientSideThrottleTime: number
  readonly responses: {
    readonly topicName: string
    readonly partitions: {
      readonly partition: number
      readonly errorCode: number
      readonly start: number
      readonly end: number
      readonly records: readonly FetchedRecord[]
    }[]
  }[]
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
  produce(request: ProduceRequest): Promise<{
    topics: { topicName: string; partitions: { partition: number; baseOffset: string }[] }[]
  }>
  fetch(request: FetchRequest): Promise<FetchAnswer>
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
