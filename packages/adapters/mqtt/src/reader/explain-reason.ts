const WRONG_LOGIN = [0x86, 0x87]
const UNSUPPORTED_VERSION = [0x01, 0x84]
const SESSION_TAKEN_OVER = 0x8e

/** Another client has connected under the same client id: it is its session now. */
export class SessionTakenOver extends Error {
  constructor() {
    super('another reader has taken the session over')
    this.name = 'SessionTakenOver'
  }
}

/** What a refusing CONNACK means, and what to do. */
export function explainConnack(code: number): Error {
  if (WRONG_LOGIN.includes(code)) {
    return new Error(
      'the broker refuses the login: compare MQTT_BROKER_USERNAME and MQTT_BROKER_PASSWORD with what it knows',
    )
  }
  if (UNSUPPORTED_VERSION.includes(code)) {
    return new Error(
      'the broker does not speak MQTT 5: MQTT_BROKER_URL has to name one that does, as Mosquitto 2',
    )
  }
  return new Error(`the broker refuses the connection with reason code 0x${code.toString(16)}`)
}

/** Why the broker ends the connection. */
export function explainDisconnect(code = 0): Error {
  if (code === SESSION_TAKEN_OVER) return new SessionTakenOver()
  return new Error(`the broker has ended the connection with reason code 0x${code.toString(16)}`)
}

/** The topics that may not be subscribed to. */
export function explainSuback(topics: readonly string[]): Error {
  return new Error(
    `the broker refuses subscriptions to ${topics.join(', ')}: its ACL has to let MQTT_BROKER_USERNAME read them`,
  )
}
