import type { AddressInfo } from 'node:net'
import { createOurs } from '../frame/sides.js'
import { PER_SECOND, type ServerMessage } from './protocol.js'

/** All come from one address, as one user: what is looked at is the rate alone. */
const ours = await createOurs({
  SOCKET_HANDSHAKES_PER_SECOND: PER_SECOND,
  SOCKET_MAX_CONNECTIONS_PER_USER: 10_000,
  SOCKET_MAX_CONNECTIONS_PER_ADDRESS: 10_000,
})

process.on('disconnect', () => process.exit(0))
ours.server.listen(0, '127.0.0.1', () => {
  const { port } = ours.server.address() as AddressInfo
  process.send!({ kind: 'listening', port, token: ours.token } satisfies ServerMessage)
})
