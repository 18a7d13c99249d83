export { type AnnouncerDeps, createAnnouncer } from './announce.js'
export { type PortsConfig, portsVariables } from './config.js'
export { type OpenedPorts, type OpenPortsDeps, openPorts, type PortName, type Ports } from './open-ports.js'
export { type PrepareDeps, prepareStores, prepareVariables } from './prepare.js'
