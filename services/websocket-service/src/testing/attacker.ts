import { request } from 'node:http'
import WebSocket from 'ws'
import type { Harness } from './harness.js'
import { type Dice, randomPacket } from './random-packets.js'

const PACKETS_PER_CONNECTION = 40
const ANSWER_WITHIN_MS = 5_000

export interface Attacker {
  /** One connection of its own, from its handshake to its end. Resolves with how many packets it sent. */
  attack(dice: Dice): Promise<number>
}

/** Somebody who keeps no protocol, over WebSockets and over polling. */
export function createAttacker({ harness, token }: { harness: Harness; token: string }): Attacker {
  const socketUrl = `${harness.url.replace('http', 'ws')}/socket.io/?transport=websocket`
  return { attack: (dice) => (dice.chance(70) ? overWebSocket(dice) : overPolling(dice)) }

  /** Of Engine.IO 4 mostly; 3 has a parser of its own. */
  async function overWebSocket(dice: Dice): Promise<number> {
    const socket = new WebSocket(
      `${socketUrl}&EIO=${dice.chance(85) ? 4 : 3}${dice.chance(5) ? '&sid=nobody' : ''}`,
    )
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => {})
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('open', () => resolve(true))
      socket.once('close', () => resolve(false))
    })
    if (!isOpen) return 1
    if (dice.chance(70)) socket.send(`40${JSON.stringify({ token })}`)
    let sent = 0
    while (sent < PACKETS_PER_CONNECTION && socket.readyState === WebSocket.OPEN) {
      socket.send(randomPacket(dice, token))
      sent += 1
      if (dice.chance(20)) await new Promise((resolve) => setImmediate(resolve))
    }
    if (dice.chance(50)) socket.close()
    else socket.terminate()
    await closed
    return sent
  }

  async function overPolling(dice: Dice): Promise<number> {
    const engine = dice.chance(80) ? 'EIO=4' : `EIO=${dice.pick([3, 3, dice.roll(9)])}`
    const opened = await ask('GET', `?${engine}&transport=${dice.chance(95) ? 'polling' : 'pigeon'}`)
    const sid = /"sid":"([^"]+)"/.exec(opened)?.[1] ?? 'nobody'
    const path = `?${engine}&transport=polling&sid=${sid}`
    if (dice.chance(70)) await ask('POST', path, `40${JSON.stringify({ token })}`)
    let sent = 1
    while (sent < PACKETS_PER_CONNECTION / 2) {
      const packets = Array.from({ length: 1 + dice.roll(6) }, () => asText(randomPacket(dice, token)))
      const method = dice.chance(95) ? 'POST' : dice.pick(['PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      sent += packets.length
      const answer = await ask(method, path, packets.join('\u001e'))
      if (answer.includes('"code":1') || sid === 'nobody') break
    }
    await ask('POST', path, '1')
    return sent
  }

  /** The answer’s body; empty where there was none: an attacker does not mind. */
  function ask(method: string, query: string, body?: string): Promise<string> {
    return new Promise((resolve) => {
      const asking = request(`${harness.url}/socket.io/${query}`, { method, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
        })
        response.on('close', () => resolve(text))
        response.on('error', () => resolve(text))
      })
      asking.setTimeout(ANSWER_WITHIN_MS, () => asking.destroy())
      asking.on('error', () => resolve(''))
      asking.end(body)
    })
  }
}

function asText(packet: string | Buffer): string {
  return typeof packet === 'string' ? packet : `b${packet.toString('base64')}`
}
