import { once } from 'node:events'
import http from 'node:http'
import { afterEach, describe, expect, it } from '@jest/globals'
import { StartError } from './app-error.js'
import { createHttpListener } from './http-listener.js'
import { silentLogger } from './logger.js'

const context = { signal: new AbortController().signal, fail: () => {} }
const stops: (() => Promise<void>)[] = []

function listenerOf(server: http.Server, port = 0) {
  const listener = createHttpListener({
    server,
    host: '127.0.0.1',
    port,
    portVariable: 'PORT',
    log: silentLogger(),
  })
  stops.push(() => listener.stop())
  return listener
}

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

describe('the HTTP listener', () => {
  it('listens, answers and says its port', async () => {
    const listener = listenerOf(http.createServer((_, response) => response.end('here')))
    await listener.start(context)
    const answer = await fetch(`http://127.0.0.1:${listener.port()}/`)
    expect(await answer.text()).toBe('here')
  })

  it('names the port, the variable and what to do when the port is taken', async () => {
    const first = listenerOf(http.createServer())
    await first.start(context)
    const second = listenerOf(http.createServer(), first.port())
    const failure = second.start(context)
    await expect(failure).rejects.toBeInstanceOf(StartError)
    await expect(failure).rejects.toThrow(new RegExp(`Port ${first.port()} .*taken.*set PORT to a free port`))
    await second.stop()
  })

  it('names HOST when the machine has no such address', async () => {
    const listener = createHttpListener({
      server: http.createServer(),
      host: '192.0.2.1',
      port: 0,
      portVariable: 'PORT',
      log: silentLogger(),
    })
    await expect(listener.start(context)).rejects.toThrow(/set HOST/)
  })

  it('stops at once although a client keeps its connection open', async () => {
    const listener = listenerOf(http.createServer((_, response) => response.end('here')))
    await listener.start(context)
    const port = listener.port()
    const agent = new http.Agent({ keepAlive: true })
    await new Promise<void>((resolve, reject) => {
      http
        .get({ port, host: '127.0.0.1', agent }, (response) => response.resume().on('end', resolve))
        .on('error', reject)
    })
    await listener.stop()
    await listener.stop()
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
    agent.destroy()
  })

  it('cuts a request that never ends, within its bound', async () => {
    const server = http.createServer()
    const arrived = once(server, 'request')
    const listener = listenerOf(server)
    await listener.start(context)
    const answer = fetch(`http://127.0.0.1:${listener.port()}/`).then(
      () => 'answered',
      () => 'cut',
    )
    await arrived
    await listener.stop()
    expect(await answer).toBe('cut')
  })
})
