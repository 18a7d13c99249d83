import { openRawClient, type RawClient } from '../harness/raw-client.js'
import { type ClientsMessage, type ClientsOrder, FROZEN, ICE, OTHERS, WATCHED } from './protocol.js'

const AT_ONCE = 20
const MARK = Buffer.from('42["sensor:reading"')

/** Readings that each of the others has got. */
const counts: number[] = []
let frozen: RawClient[] = []

function subscribe(deviceId: string, id: number): string {
  return `42${id}["subscribe:device","${deviceId}",{"names":["sensor:reading"]}]`
}

/** Counts events in a stream whose chunks end anywhere. */
function countInto(n: number): (chunk: Buffer) => void {
  counts[n] = 0
  let tail: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const data = tail.length > 0 ? Buffer.concat([tail, chunk]) : chunk
    let end = 0
    for (let at = data.indexOf(MARK); at >= 0; at = data.indexOf(MARK, end)) {
      counts[n]! += 1
      end = at + MARK.length
    }
    tail = data.subarray(Math.max(end, data.length - MARK.length + 1))
  }
}

function open(
  { port, token }: { port: number; token: string },
  onData?: (chunk: Buffer) => void,
): Promise<RawClient> {
  return openRawClient({
    port,
    auth: { token },
    welcome: '"welcome"',
    subscribe: subscribe(WATCHED, 1),
    subscribed: '431[',
    onData,
  })
}

async function times(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

async function obey(order: ClientsOrder): Promise<ClientsMessage> {
  switch (order.kind) {
    case 'open':
      await times(OTHERS, async (n) => void (await open(order, countInto(n))))
      return { kind: 'done' }
    case 'freeze':
      await times(FROZEN, async () => {
        const client = await open(order)
        await client.ask(subscribe(ICE, 2), '432[')
        client.freeze()
        frozen.push(client)
      })
      return { kind: 'done' }
    case 'thaw':
      for (const client of frozen) client.close()
      frozen = []
      return { kind: 'done' }
    case 'count':
      return { kind: 'counted', fewest: Math.min(...counts), most: Math.max(...counts) }
  }
}

process.on('message', (order: ClientsOrder) => {
  obey(order).then(
    (message) => process.send!(message),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
