export { createKafkaTopics } from './create-topics.js'
export { createKafkaEventLog, type KafkaEventLog, type KafkaEventLogOptions } from './event-log.js'
