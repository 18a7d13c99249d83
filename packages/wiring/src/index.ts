export { type PortsConfig, portsVariables } from './config.js'
export { type OpenPortsDeps, openPorts, type Ports } from './open-ports.js'
