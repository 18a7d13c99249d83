import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { AnswerSocket } from './answer-socket.js'

let broker: Server
let client: AnswerSocket
let wire: Socket
const answers: string[] = []

beforeEach(async () => {
  broker = createServer({ noDelay: true }).listen(0, '127.0.0.1')
  await once(broker, 'listening')
  client = new AnswerSocket()
  client.on('data', (data: Buffer) => answers.push(data.subarray(4).toString()))
  client.connect({ host: '127.0.0.1', port: (broker.address() as AddressInfo).port })
  wire = (await once(broker, 'connection'))[0]
})

afterEach(() => {
  answers.length = 0
  client.destroy()
  wire.destroy()
  broker.close()
})

function answer(text: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(text))
  return Buffer.concat([length, Buffer.from(text)])
}

/** Each piece as a packet of its own: the next is sent when this one has been read. */
async function send(...pieces: Buffer[]): Promise<void> {
  for (const piece of pieces) {
    const before = client.bytesRead
    wire.write(piece)
    await until('it is read', () => client.bytesRead === before + piece.length)
  }
}

describe('a connection to a broker', () => {
  it('hands out each of several answers that come at once', async () => {
    await send(Buffer.concat([answer('one'), answer(''), answer('three')]))
    expect(answers).toEqual(['one', '', 'three'])
  })

  it('holds the beginning of an answer back until its end is there, wherever it is cut', async () => {
    const bytes = Buffer.concat([answer('first'), answer('second')])
    for (let at = 1; at < bytes.length; at++) {
      await send(bytes.subarray(0, at), bytes.subarray(at))
      expect(answers.splice(0)).toEqual(['first', 'second'])
    }
    await send(...Array.from(bytes, (byte) => Buffer.from([byte])))
    expect(answers).toEqual(['first', 'second'])
  })

  it('says nothing of an answer whose end never comes', async () => {
    await send(answer('whole'), answer('cut in two').subarray(0, 8))
    const ended = once(client, 'end')
    wire.end()
    await ended
    expect(answers).toEqual(['whole'])
  })
})
