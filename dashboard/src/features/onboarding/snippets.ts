import type { Broker } from './broker.js'

export const SNIPPET_KINDS = ['mosquitto', 'esp32', 'python', 'node'] as const
export type SnippetKind = (typeof SNIPPET_KINDS)[number]

export interface SnippetTarget extends Broker {
  readonly deviceId: string
  readonly username?: string
  readonly password?: string
  /** sends for any device on `sensor/data`, naming it inside */
  readonly gateway?: boolean
}

export interface Snippet {
  /** what to install first, where it is one command */
  readonly install?: string
  readonly code: string
}

/** A word for a POSIX shell: quoted where it has to be. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** A string for C, Python and JavaScript alike: JSON's escapes are a part of all three. */
const quoted = (text: string) => JSON.stringify(text)

function topicOf({ deviceId, gateway }: SnippetTarget): string {
  return gateway === true ? 'sensor/data' : `devices/${deviceId}/telemetry`
}

export function mosquittoSnippet(target: SnippetTarget): Snippet {
  const { host, port, deviceId, username, password, gateway } = target
  const reading = { ...(gateway === true && { deviceId }), temperature: 21.5, humidity: 48 }
  const login = username === undefined ? [] : [`-u ${shellWord(username)} -P ${shellWord(password ?? '')}`]
  const parts = [
    `mosquitto_pub -h ${shellWord(host)} -p ${port}`,
    ...login,
    `-q 1 -t ${shellWord(topicOf(target))}`,
    `-m ${shellWord(JSON.stringify(reading))}`,
  ]
  return { install: 'sudo apt install mosquitto-clients', code: parts.join(' \\\n  ') }
}

function esp32Snippet(target: SnippetTarget): Snippet {
  const { host, port, deviceId, username, password } = target
  const login = username === undefined ? '' : `, ${quoted(username)}, ${quoted(password ?? '')}`
  const field = target.gateway === true ? `\\"deviceId\\":\\"${deviceId}\\",` : ''
  return {
    code: `// Arduino IDE: install the libraries "MQTT" by Joel Gaehwiler
#include <WiFi.h>
#include <MQTT.h>

WiFiClient network;
MQTTClient mqtt(512);

void connect() {
  while (WiFi.status() != WL_CONNECTED) delay(200);
  while (!mqtt.connect(${quoted(deviceId)}${login})) delay(1000);
}

void setup() {
  WiFi.begin("your network", "its password");
  mqtt.begin(${quoted(host)}, ${port}, network);
  connect();
}

void loop() {
  mqtt.loop();
  if (!mqtt.connected()) connect();
  static unsigned long sentAt = 0;
  if (millis() - sentAt < 5000) return;
  sentAt = millis();
  String payload = String("{${field}\\"temperature\\":") + temperatureRead() + "}";
  mqtt.publish(${quoted(topicOf(target))}, payload, false, 1);
}`,
  }
}

function pythonSnippet(target: SnippetTarget): Snippet {
  const { host, port, deviceId, username, password } = target
  const login =
    username === undefined ? '' : `client.username_pw_set(${quoted(username)}, ${quoted(password ?? '')})\n`
  const field = target.gateway === true ? `"deviceId": ${quoted(deviceId)}, ` : ''
  return {
    install: 'pip install "paho-mqtt>=2"',
    code: `import json, time
import paho.mqtt.client as mqtt

client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=${quoted(deviceId)})
${login}client.will_set(${quoted(`devices/${deviceId}/status`)}, "offline", qos=1, retain=True)
client.connect(${quoted(host)}, ${port})
client.loop_start()
client.publish(${quoted(`devices/${deviceId}/status`)}, "online", qos=1, retain=True)

while True:
    with open("/sys/class/thermal/thermal_zone0/temp") as file:
        celsius = int(file.read()) / 1000
    client.publish(${quoted(topicOf(target))}, json.dumps({${field}"temperature": celsius}), qos=1)
    time.sleep(5)`,
  }
}

function nodeSnippet(target: SnippetTarget): Snippet {
  const { host, port, deviceId, username, password } = target
  const login =
    username === undefined ? '' : `\n  username: ${quoted(username)},\n  password: ${quoted(password ?? '')},`
  const field = target.gateway === true ? `deviceId: ${quoted(deviceId)}, ` : ''
  const url = `mqtt://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    install: 'npm install mqtt',
    code: `import os from 'node:os'
import mqtt from 'mqtt'

const client = mqtt.connect(${quoted(url)}, {
  clientId: ${quoted(deviceId)},${login}
})

setInterval(() => {
  const reading = { ${field}load: os.loadavg()[0], freeMemory: os.freemem() / 1e6 }
  client.publish(${quoted(topicOf(target))}, JSON.stringify(reading), { qos: 1 })
}, 5000)`,
  }
}

const MAKERS: Record<SnippetKind, (target: SnippetTarget) => Snippet> = {
  mosquitto: mosquittoSnippet,
  esp32: esp32Snippet,
  python: pythonSnippet,
  node: nodeSnippet,
}

/** What to run so that a device sends to this very place. */
export function snippet(kind: SnippetKind, target: SnippetTarget): Snippet {
  return MAKERS[kind](target)
}
