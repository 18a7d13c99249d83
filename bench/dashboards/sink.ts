import { openRawClient, type RawClient } from '../harness/raw-client.js'
import { DASHBOARDS, DEVICE_PAGES, type Mode, type SinkMessage, type SinkOrder } from './protocol.js'

let dashboards: RawClient[] = []
let pages: RawClient[] = []

/** What each kind of client says to watch: as the guide's client does, and as our dashboard does. */
const ALL_DEVICES: Record<Mode, string> = {
  guide: '42["subscribe-all-devices"]',
  complete: '421["subscribe-all-devices",{"batch":true}]',
  latest: '421["subscribe-all-devices",{"batch":{"everyMs":1000,"latest":true}}]',
}

function oneDevice(mode: Mode, deviceId: string): string {
  return mode === 'guide'
    ? `42["subscribe:device","${deviceId}"]`
    : `421["subscribe:device","${deviceId}",{"batch":true}]`
}

async function connect({ mode, port, token }: Extract<SinkOrder, { kind: 'connect' }>): Promise<void> {
  const isGuide = mode === 'guide'
  const open = (subscribe: string) =>
    openRawClient({
      port,
      auth: isGuide ? {} : { token },
      welcome: isGuide ? '40{' : '"welcome"',
      subscribe,
      subscribed: isGuide ? undefined : '431[',
    })
  for (let n = 0; n < DASHBOARDS; n++) dashboards.push(await open(ALL_DEVICES[mode]))
  for (let n = 0; n < DEVICE_PAGES; n++) pages.push(await open(oneDevice(mode, `bench-${n}`)))
}

function leave(): void {
  for (const client of [...dashboards, ...pages]) client.close()
  dashboards = []
  pages = []
}

function tell(message: SinkMessage): void {
  process.send!(message)
}

const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0)

process.on('message', async (order: SinkOrder) => {
  switch (order.kind) {
    case 'connect':
      await connect(order)
      return tell({ kind: 'connected' })
    case 'count':
      return tell({
        kind: 'counted',
        bytes: sum([...dashboards, ...pages].map(({ counted }) => counted.bytes)),
        dashboardFrames: sum(dashboards.map(({ counted }) => counted.frames)),
      })
    case 'leave':
      leave()
      return tell({ kind: 'left' })
  }
})
process.on('disconnect', () => process.exit(0))
