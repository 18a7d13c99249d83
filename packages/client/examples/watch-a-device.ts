import { createClient, createRestSession } from '@iot/client'

const url = process.env.IOT_URL ?? 'http://localhost:8080'
const deviceId = process.env.IOT_DEVICE ?? 'ESP32_01'
const username = process.env.IOT_USERNAME ?? 'admin'
const password = process.env.IOT_PASSWORD ?? ''

// A login that lasts: it fetches new tokens when the client asks for them.
const session = createRestSession({ url, username, password })
const client = createClient({ url, getToken: session.getToken, fetchLatest: session.fetchLatest })

client.onConnection(({ state, reason }) => console.log('connection:', state, reason ?? ''))
client.watchDevice(deviceId, {
  onReadings(readings) {
    for (const { sensorType, value, unit } of readings) console.log(sensorType, value, unit ?? '')
  },
  onStatus: (events) => console.log('status:', events.at(-1)?.status),
  onResumed: (isWhole) => console.log(isWhole ? 'what was missed follows' : 'from here on anew'),
})
client.start()
