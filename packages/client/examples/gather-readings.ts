import { batchReadings, createClient, createRestSession } from '@iot/client'

const url = process.env.IOT_URL ?? 'http://localhost:8080'
const username = process.env.IOT_USERNAME ?? 'admin'
const password = process.env.IOT_PASSWORD ?? ''

const session = createRestSession({ url, username, password })
const client = createClient({ url, getToken: session.getToken, fetchLatest: session.fetchLatest })

// Single events, gathered here: 50 of them or 100 ms, whichever comes first.
const gathered = batchReadings({ onBatch: (readings) => console.log('a batch of', readings.length) })
client.on('sensor:all', gathered.add)
client.onConnection(async ({ state }) => {
  if (state !== 'live') return
  const answer = await client.call('subscribe-all-devices')
  console.log('subscribed:', answer.ok)
})
client.start()
