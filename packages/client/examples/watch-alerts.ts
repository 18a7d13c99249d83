import { createClient, createRestSession } from '@iot/client'

const url = process.env.IOT_URL ?? 'http://localhost:8080'
const username = process.env.IOT_USERNAME ?? 'admin'
const password = process.env.IOT_PASSWORD ?? ''

const session = createRestSession({ url, username, password })
const client = createClient({ url, getToken: session.getToken, fetchLatest: session.fetchLatest })

client.watchAlerts({
  onSnapshot(alerts, isWhole) {
    console.log('active:', alerts.length, isWhole ? '' : 'and more: GET /api/alerts?state=active')
    for (const { severity, state, message } of alerts) console.log(' ', severity, state, message)
  },
  onAlerts(events) {
    for (const { transition, severity, message, by } of events) {
      console.log(transition, severity, message, by ? `by ${by}` : '')
    }
  },
  onGap: () => console.log('some were missed: what is active now follows'),
})
client.start()
