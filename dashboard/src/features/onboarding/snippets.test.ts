import { execFileSync } from 'node:child_process'
import type { DashboardConfig } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { brokerOf, isLoopback } from './broker.js'
import { mosquittoSnippet, SNIPPET_KINDS, shellWord, snippet } from './snippets.js'

const target = { host: 'iot.example.org', port: 1_884, deviceId: 'cold-room:2' }

/** The words as a real shell would hand them to the program. */
function words(command: string): string[] {
  const script = command.replace('mosquitto_pub', "printf '%s\\0'")
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)
}

describe('the code to copy', () => {
  it('names this host, port and device, whatever it is written in', () => {
    for (const kind of SNIPPET_KINDS) {
      const { code } = snippet(kind, target)
      expect(code).toContain('iot.example.org')
      expect(code).toContain('1884')
      expect(code).toContain('devices/cold-room:2/telemetry')
    }
  })

  it('logs in only where there is a credential', () => {
    for (const kind of SNIPPET_KINDS) {
      expect(snippet(kind, target).code).not.toContain('s3cret')
      const withLogin = snippet(kind, { ...target, username: 'cold-room-2-ab', password: 's3cret' }).code
      expect(withLogin).toContain('cold-room-2-ab')
      expect(withLogin).toContain('s3cret')
    }
  })

  it('reaches mosquitto_pub word by word through a real shell', () => {
    const { code } = mosquittoSnippet({ ...target, username: 'u', password: `it's "$HOME" \\ here` })
    const seen = words(code)
    expect(seen.slice(0, 8)).toEqual([
      '-h',
      'iot.example.org',
      '-p',
      '1884',
      '-u',
      'u',
      '-P',
      `it's "$HOME" \\ here`,
    ])
    expect(JSON.parse(seen.at(-1)!)).toEqual({ temperature: 21.5, humidity: 48 })
  })

  it('names the device inside the message where a gateway sends', () => {
    const seen = words(mosquittoSnippet({ ...target, gateway: true }).code)
    expect(seen).toContain('sensor/data')
    expect(JSON.parse(seen.at(-1)!)).toMatchObject({ deviceId: 'cold-room:2' })
  })

  it('writes an IPv6 address as a URL needs it', () => {
    expect(snippet('node', { ...target, host: 'fd00::1' }).code).toContain('mqtt://[fd00::1]:1884')
  })

  it('leaves simple words unquoted', () => {
    expect(shellWord('devices/a/telemetry')).toBe('devices/a/telemetry')
    expect(shellWord('')).toBe("''")
  })
})

describe('where devices publish to', () => {
  const config = { mqtt: { port: 1_883 } } as DashboardConfig

  it('is what the origin says, or the host of the page', () => {
    expect(brokerOf({ ...config, mqtt: { host: 'mqtt.local', port: 1 } }, 'x')).toEqual({
      host: 'mqtt.local',
      port: 1,
    })
    expect(brokerOf(config, '192.168.1.20')).toEqual({ host: '192.168.1.20', port: 1_883 })
    expect(brokerOf(config, '[::1]').host).toBe('::1')
  })

  it('needs credentials from another machine only', () => {
    expect(['localhost', '127.0.0.1', '::1'].map(isLoopback)).toEqual([true, true, true])
    expect(['192.168.1.20', 'iot.example.org', '127.evil.org'].map(isLoopback)).toEqual([false, false, false])
  })
})
