export { type ConsumerGroups, createConsumerGroups } from './consumer-groups.js'
export type { GroupSource } from './group-source.js'
export { pause } from './pause.js'
export { createValueEncoder, type ValueEncoder } from './value-encoder.js'
