import { openRawClient, type RawClient } from '../harness/raw-client.js'
import { CLIENTS, type DrainMessage, type DrainOrder, type Side } from './protocol.js'

const clients: Record<Side, RawClient[]> = { ours: [], stock: [] }

function tell(message: DrainMessage): void {
  process.send!(message)
}

function bytesOf(side: Side): number {
  return clients[side].reduce((sum, { counted }) => sum + counted.bytes, 0)
}

function openClient(side: Side, port: number, token: string): Promise<RawClient> {
  return openRawClient(
    side === 'ours'
      ? {
          port,
          auth: { token },
          welcome: '"welcome"',
          subscribe: '421["subscribe:device","d1",{"names":["sensor:reading"]}]',
          subscribed: '431[',
        }
      : { port, auth: {}, welcome: '40{', subscribe: '42["subscribe:device","d1"]', subscribed: undefined },
  )
}

process.on('message', async (order: DrainOrder) => {
  if (order.kind === 'count') {
    return tell({ kind: 'counted', bytes: { ours: bytesOf('ours'), stock: bytesOf('stock') } })
  }
  for (let client = 0; client < CLIENTS; client++) {
    clients[order.side].push(await openClient(order.side, order.port, order.token))
  }
  tell({ kind: 'connected', side: order.side })
})
process.on('disconnect', () => process.exit(0))
