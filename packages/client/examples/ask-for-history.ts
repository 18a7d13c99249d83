import { createClient, createRestSession } from '@iot/client'

const url = process.env.IOT_URL ?? 'http://localhost:8080'
const deviceId = process.env.IOT_DEVICE ?? 'ESP32_01'
const username = process.env.IOT_USERNAME ?? 'admin'
const password = process.env.IOT_PASSWORD ?? ''

const session = createRestSession({ url, username, password })
const client = createClient({ url, getToken: session.getToken, fetchLatest: session.fetchLatest })

client.on('welcome', async ({ user }) => {
  console.log('welcome', user.username)
  const to = Date.now()
  const history = await client.call('get:history', { deviceId, from: to - 3_600_000, to, maxPoints: 60 })
  if (history.ok) for (const { timestamp, value } of history.data) console.log(timestamp, value)
  else console.log('refused:', history.code, history.message)
  client.stop()
  await session.logout()
})
client.start()
