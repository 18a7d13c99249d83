import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { StoreUnavailable } from '@iot/ports'
import { StartError, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { type Command, Redis } from 'ioredis'
import { RedisConnection } from './redis-connection.js'
import { defineScript } from './script.js'

let server: Server | undefined
let connection: RedisConnection
const sockets = new Set<Socket>()
afterEach(async () => {
  await connection.stop()
  for (const socket of sockets) socket.destroy()
  server?.close()
})

const context = { signal: new AbortController().signal }

/** A port that refuses connections until `answer` makes a server of it that says the same to every command. */
async function openPort(): Promise<{ port: number; answer(reply: string): Promise<void> }> {
  const opened = createServer((socket) => {
    sockets.add(socket)
    socket.on('data', (bytes) => {
      for (const _ of String(bytes).matchAll(/\*\d+\r\n/g)) socket.write(reply)
    })
    socket.on('error', () => {})
  })
  let reply = ''
  server = opened
  const listen = (port: number) => new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const { port } = opened.address() as AddressInfo
  await new Promise((resolve) => opened.close(resolve))
  return {
    port,
    answer: (given) => {
      reply = given
      return listen(port)
    },
  }
}

function connectTo(port: number, isOptional: boolean, startTimeoutMs = 300): RedisConnection {
  const logger = silentLogger()
  connection = new RedisConnection({
    host: '127.0.0.1',
    port,
    password: 'of a test',
    logger,
    startTimeoutMs,
    answerTimeoutMs: 500,
    isOptional,
  })
  return connection
}

describe('a connection to a Redis that is away at the start', () => {
  it('ends the start, and says what to do', async () => {
    const { port } = await openPort()
    const started = connectTo(port, false).start(context)
    await expect(started).rejects.toThrow(StartError)
    await expect(started).rejects.toThrow('REDIS_HOST')
  })

  it('lets the start go on where it is optional, and comes when Redis does', async () => {
    const { port, answer } = await openPort()
    const redis = connectTo(port, true)
    await redis.start(context)
    expect(redis.health().status).toBe('degraded')
    await expect(redis.ask((client) => client.ping())).rejects.toThrow(StoreUnavailable)
    await answer('+OK\r\n')
    await until('it is connected', () => redis.isReady)
    expect(redis.health().status).toBe('healthy')
  })

  it('is started at once where Redis has come since a start that failed', async () => {
    const { port, answer } = await openPort()
    const redis = connectTo(port, false, 60_000)
    await expect(redis.start({ signal: AbortSignal.abort() })).rejects.toThrow()
    await answer('+OK\r\n')
    await until('it is connected', () => redis.isReady)
    await redis.start(context)
    expect(redis.health().status).toBe('healthy')
  })

  it('ends the start also where it is optional, when the password is wrong', async () => {
    const { port, answer } = await openPort()
    await answer('-WRONGPASS invalid username-password pair\r\n')
    const redis = connectTo(port, true, 60_000)
    await expect(redis.start(context)).rejects.toThrow('Mend REDIS_PASSWORD')
  })
})

describe('what a script was sent', () => {
  it('is let go of when it is answered: its command is not collected with the young', async () => {
    const { port, answer } = await openPort()
    await answer('+OK\r\n')
    const redis = connectTo(port, false, 60_000)
    await redis.start(context)
    const sent = jest.spyOn(Redis.prototype, 'sendCommand')
    const answered = redis.run(defineScript('return 1'), ['key'], ['large', 1])
    const command = sent.mock.calls.at(-1)![0] as Command
    sent.mockRestore()
    expect(command.args.slice(1)).toEqual(['1', 'key', 'large', '1'])
    expect(await answered).toBe('OK')
    expect(command.args).toEqual([])
  })
})
