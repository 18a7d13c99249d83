export { Backoff } from './backoff.js'
export { type ConsumerGroups, createConsumerGroups } from './consumer-groups.js'
export type { GroupSource, TurnSource } from './group-source.js'
export { PartitionTurn } from './partition-turn.js'
export { pause, settledWithin } from './pause.js'
export {
  createRecordEncoder,
  createValueEncoder,
  type EncodedValue,
  type ValueEncoder,
} from './value-encoder.js'
