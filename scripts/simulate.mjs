// npm run simulate -- [options]: devices that do not exist, over real MQTT.
import { build, checkNode, install } from './setup.mjs'

checkNode()
install()
build(['@iot/simulator...'])
await import('../packages/simulator/dist/main.js')
