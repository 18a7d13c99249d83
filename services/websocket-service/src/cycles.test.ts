import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import WebSocket from 'ws'
import { type Harness, startHarness } from './testing/harness.js'

const CYCLES = 2_000
const WARM_UP = 500
const AT_ONCE = 20
/** What a session that stays behind costs, and more: its sockets, buckets, maps. */
const LEAK_BYTES_PER_CYCLE = 3_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let harness: Harness
afterEach(() => harness.stop())

/** In, subscribed, and gone: half of them without a farewell. */
async function cycle(token: string, index: number): Promise<void> {
  const socket = new WebSocket(`${harness.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.on('message', (data) => {
      const text = String(data)
      if (text.startsWith('0')) socket.send(`40${JSON.stringify({ token })}`)
      if (text.startsWith('42["welcome"'))
        socket.send(`421["subscribe:device","d${index % 7}",{"batch":true}]`)
      if (text.startsWith('431')) resolve()
      if (text.startsWith('44')) reject(new Error(text))
    })
  })
  if (index % 2 === 0) socket.terminate()
  else socket.close()
  await closed
}

async function cycles(token: string, count: number): Promise<void> {
  let begun = 0
  const worker = async () => {
    while (begun < count) await cycle(token, begun++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  await until('all have gone', () => harness.service.figures().connections === 0)
}

async function heapBytes(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    collect()
  }
  return process.memoryUsage().heapUsed
}

describe('connections that come and go', () => {
  it('leave nothing behind', async () => {
    harness = await startHarness({
      config: { SOCKET_HANDSHAKES_PER_SECOND: 100_000, SOCKET_MAX_CONNECTIONS_PER_USER: 10_000 },
    })
    const token = await harness.tokenOf()
    await cycles(token, WARM_UP)
    const before = await heapBytes()
    await cycles(token, CYCLES)
    expect((await heapBytes()) - before).toBeLessThan(CYCLES * LEAK_BYTES_PER_CYCLE)
    // Work for some ten seconds, and for many more where others work too.
  }, 240_000)
})
