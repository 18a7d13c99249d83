import { openRawClient } from '../harness/raw-client.js'
import { type ConnectedMessage, type ConnectOrder, DEVICES, ROOMS, SOCKETS } from './protocol.js'

/** Opened side by side, so that a run is not a minute of handshakes. */
const AT_ONCE = 20

async function openOne({ port, token }: ConnectOrder, n: number): Promise<void> {
  const devices = Array.from({ length: ROOMS }, (_, at) => `device-${(n * 7 + at) % DEVICES}`)
  const client = await openRawClient({
    port,
    auth: { token },
    welcome: '"welcome"',
    subscribe: `421["subscribe:device","${devices[0]}"]`,
    subscribed: '431[',
  })
  for (const [at, deviceId] of devices.entries()) {
    if (at > 0) await client.ask(`42${at + 1}["subscribe:device","${deviceId}"]`, `43${at + 1}[`)
  }
}

process.on('message', async (order: ConnectOrder) => {
  let next = 0
  const work = async () => {
    while (next < SOCKETS) await openOne(order, next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  process.send!({ kind: 'connected' } satisfies ConnectedMessage)
})
process.on('disconnect', () => process.exit(0))
