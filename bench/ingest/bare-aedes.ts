import { type AddressInfo, createServer } from 'node:net'
import { Aedes } from 'aedes'

/** The floor: aedes as its documentation has it, with a handler that does nothing. */
const broker = await Aedes.createBroker()
broker.on('publish', () => {})
const server = createServer({ noDelay: true }, broker.handle)
server.listen(0, '127.0.0.1', () => {
  process.send!({ kind: 'listening', port: (server.address() as AddressInfo).port })
})
process.on('disconnect', () => process.exit(0))
