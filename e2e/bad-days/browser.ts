/**
 * A browser as a process of its own, so that it can be frozen whole, its timers too: a stock client that
 * watches every device under all names, and coming back asks anew, as a page does. Answers “report” with what it shows.
 */
import { io } from 'socket.io-client'

export interface BrowserReport {
  readonly connected: boolean
  readonly closes: number
  /** readings that came one by one */
  readonly seen: number
  /** the newest of each device */
  readonly shown: Readonly<Record<string, number>>
}

const { url, token, devices } = JSON.parse(process.argv[2] ?? '{}') as {
  url: string
  token: string
  devices: string[]
}
const shown: Record<string, number> = {}
let [seen, closes] = [0, 0]

interface Shown {
  readonly deviceId: string
  readonly value: number
}
function show({ deviceId, value }: Shown): void {
  shown[deviceId] = value
}

const socket = io(url, { auth: { token }, transports: ['websocket'], reconnectionDelay: 100 })
socket.on('sensor:all', (reading: Shown) => {
  seen += 1
  show(reading)
})
socket.on('connect', () => {
  socket.emit('subscribe-all-devices', {}, ({ latest }: { latest?: Shown[] }) => latest?.forEach(show))
  for (const deviceId of devices) socket.emit('subscribe:device', deviceId)
})
socket.on('disconnect', () => {
  closes += 1
})
process.on('message', () => {
  process.send?.({ connected: socket.connected, closes, seen, shown } satisfies BrowserReport)
})
process.on('disconnect', () => process.exit(0))
