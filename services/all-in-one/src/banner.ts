/** What somebody who typed `npm start` wants to know next, as lines for a terminal. */
export function banner(facts: {
  httpPort: number
  mqttPort: number
  setupLink: string | undefined
  data: string
  demo: boolean
}): string {
  const port = facts.mqttPort === 1883 ? '' : ` -p ${facts.mqttPort}`
  const rows = [
    ['dashboard', `http://localhost:${facts.httpPort}`],
    ['devices', `mqtt://localhost:${facts.mqttPort}`],
    [
      'try',
      `mosquitto_pub -h localhost${port} -q 1 -t sensor/data -m '{"deviceId":"ESP32_01","temperature":25.5}'`,
    ],
    ['data', facts.data],
    ...(facts.demo ? [['demo', 'a simulated fleet, and its past of seven days in the background']] : []),
    ...(facts.setupLink ? [['set up', `${facts.setupLink}  (once: it makes the first administrator)`]] : []),
  ]
  return `\nIoT Monitoring is running\n${rows.map(([name, text]) => `  ${name!.padEnd(10)} ${text}`).join('\n')}\n\n`
}
