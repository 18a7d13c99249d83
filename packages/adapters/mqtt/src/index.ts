export { createMqttListener, type MqttListenerOptions } from './mqtt-listener.js'
