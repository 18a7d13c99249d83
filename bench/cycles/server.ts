import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createOurs } from '../frame/sides.js'
import type { MeasureOrder, ServerMessage } from './protocol.js'

/** Handshakes come one after the other as fast as they are taken: their own limit is not what is looked at. */
const UNLIMITED = 100_000
/** Full collections until what is left no longer depends on when they ran. */
const COLLECTIONS = 3

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const ours = await createOurs({
  SOCKET_HANDSHAKES_PER_SECOND: UNLIMITED,
  SOCKET_MAX_CONNECTIONS_PER_USER: 10_000,
})

function tell(message: ServerMessage): void {
  process.send!(message)
}

async function measure(): Promise<void> {
  for (let done = 0; done < COLLECTIONS; done++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    collect()
  }
  const { heapUsed, external } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  tell({ kind: 'measured', heapBytes: heapUsed, outsideBytes: external, cpuMicros: user + system })
}

process.on('message', (_: MeasureOrder) => void measure())
process.on('disconnect', () => process.exit(0))
ours.server.listen(0, '127.0.0.1', () => {
  tell({ kind: 'listening', port: (ours.server.address() as AddressInfo).port, token: ours.token })
})
