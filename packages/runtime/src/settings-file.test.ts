import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readConfig } from './read-config.js'

describe('a file of settings', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'settings-'))
    path = join(folder, 'websocket.json')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const read = (environment: Record<string, string>) =>
    readConfig(['SOCKET_IO_PING_INTERVAL', 'SOCKET_IO_PATH', 'METRICS_ENABLED'], {
      CONFIG_FILE: path,
      ...environment,
    }).config

  it('holds under what the environment sets, and over the defaults', () => {
    writeFileSync(
      path,
      '{"SOCKET_IO_PING_INTERVAL": 30000, "SOCKET_IO_PATH": "/live", "METRICS_ENABLED": false}',
    )
    expect(read({ SOCKET_IO_PATH: '/sockets' })).toEqual({
      SOCKET_IO_PING_INTERVAL: 30_000,
      SOCKET_IO_PATH: '/sockets',
      METRICS_ENABLED: false,
    })
  })

  it('is not hidden by a variable that is set to nothing', () => {
    writeFileSync(path, '{"SOCKET_IO_PATH": "/live"}')
    expect(read({ SOCKET_IO_PATH: '' }).SOCKET_IO_PATH).toBe('/live')
  })

  it('has every fault of its own told at once, with the others', () => {
    writeFileSync(
      path,
      '{"SOCKET_IO_PING_INTERVAL": "soon", "SOCKETIO_PATH": "/live", "JWT_SECRET": "x", "METRICS_ENABLED": [1]}',
    )
    const attempt = () => read({ SOCKET_IO_PATH: 'relative' })
    for (const told of [
      /SOCKET_IO_PING_INTERVAL: a whole number/,
      /SOCKETIO_PATH is no variable/,
      /JWT_SECRET is a secret: set JWT_SECRET_FILE/,
      /METRICS_ENABLED must be a text, a number, true or false/,
      /SOCKET_IO_PATH: must match/,
    ]) {
      expect(attempt).toThrow(told)
    }
  })

  it.each([
    ['is missing', undefined, /can’t read .*ENOENT/],
    ['is not JSON', '{', /is not JSON/],
    ['is a list', '[]', /one JSON object/],
  ])('that %s stops the start', (_, text, told) => {
    if (text !== undefined) writeFileSync(path, text)
    expect(() => read({})).toThrow(told)
  })
})
