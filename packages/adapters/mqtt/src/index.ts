export { createMqttListener, type MqttListenerOptions } from './mqtt-listener.js'
export { type BrokerReaderOptions, createBrokerReader } from './reader/broker-reader.js'
