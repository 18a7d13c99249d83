import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VARIABLES, type VariableName } from '@iot/contracts'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { StartError } from './app-error.js'
import { readConfig } from './read-config.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'iot-config-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const noticesOf = (environment: Record<string, string>) => readConfig([], environment).notices

function faultOf(names: readonly VariableName[], environment: Record<string, string>): StartError {
  try {
    readConfig(names, environment)
  } catch (error) {
    if (error instanceof StartError) return error
    throw error
  }
  throw new Error('no fault was found')
}

describe('the configuration', () => {
  it('has defaults where nothing is set, and nothing where there is no default', () => {
    const { config, notices } = readConfig(['PORT', 'DEMO', 'LOG_LEVEL', 'DATABASE_URL'], {})
    expect(config).toEqual({ PORT: 8080, DEMO: false, LOG_LEVEL: 'info', DATABASE_URL: undefined })
    expect(notices).toEqual([])
  })

  it('reads numbers, flags, choices and texts', () => {
    const environment = { PORT: '0', DEMO: 'Yes', METRICS_ENABLED: 'off', LOG_LEVEL: 'debug', HOST: '::1' }
    const { config } = readConfig(['PORT', 'DEMO', 'METRICS_ENABLED', 'LOG_LEVEL', 'HOST'], environment)
    expect(config).toEqual({ PORT: 0, DEMO: true, METRICS_ENABLED: false, LOG_LEVEL: 'debug', HOST: '::1' })
  })

  it('takes an empty value for none', () => {
    const names = ['PORT', 'JWT_SECRET', 'FRONTEND_URL'] as const
    const environment = { PORT: '', JWT_SECRET: '', JWT_SECRET_FILE: '', FRONTEND_URL: '', MQTT_PROT: '' }
    const { config, notices } = readConfig(names, environment)
    expect(config).toEqual({ PORT: 8080, JWT_SECRET: undefined, FRONTEND_URL: undefined })
    expect(notices).toEqual([])
  })

  it('names every fault at once', () => {
    const { message, exitCode } = faultOf(['PORT', 'DEMO', 'LOG_LEVEL', 'SOCKET_IO_PATH', 'MAX_DEVICES'], {
      PORT: '65536',
      DEMO: 'perhaps',
      LOG_LEVEL: 'loud',
      SOCKET_IO_PATH: 'no slash',
      MAX_DEVICES: '1e3',
    })
    expect(exitCode).toBe(78)
    expect(message.split('\n')).toEqual([
      'The configuration has 5 faults:',
      '  - PORT: a whole number from 0 to 65535, not “65536”',
      '  - DEMO: 1 or 0, not “perhaps”',
      '  - LOG_LEVEL: one of fatal, error, warn, info, debug, trace, not “loud”',
      expect.stringContaining('SOCKET_IO_PATH: must match'),
      '  - MAX_DEVICES: a whole number from 1 to 1000000, not “1e3”',
    ])
  })

  it('knows older names, and says so', () => {
    const { config, notices } = readConfig(['SOCKET_IO_PING_TIMEOUT', 'FRONTEND_URL'], {
      SOCKET_PING_TIMEOUT: '5000',
      FRONTEND_URL: 'http://new',
      CLIENT_URL: 'http://old',
    })
    expect(config).toEqual({ SOCKET_IO_PING_TIMEOUT: 5000, FRONTEND_URL: 'http://new' })
    expect(notices).toEqual(['SOCKET_PING_TIMEOUT is an older name of SOCKET_IO_PING_TIMEOUT'])
  })

  it('tells what took the place of a name that has no effect any more', () => {
    const [notice] = noticesOf({ MONGODB_URI: 'mongodb://u:pass@h/db' })
    expect(notice).toMatch(/^MONGODB_URI has no effect any more; instead: DATABASE_URL/)
    expect(notice).not.toContain('pass')
  })
})

describe('a secret', () => {
  it('may lie in a file, without the line end that editors put there', () => {
    const path = join(folder, 'secret')
    writeFileSync(path, 'from a file\n')
    const read = (more: Record<string, string>) =>
      readConfig(['REDIS_PASSWORD'], { REDIS_PASSWORD_FILE: path, ...more })
    expect(read({})).toEqual({ config: { REDIS_PASSWORD: 'from a file' }, notices: [] })
    expect(read({ REDIS_PASSWORD: 'direct' }).config.REDIS_PASSWORD).toBe('direct')
  })

  it('is a fault where its file can’t be read', () => {
    const path = join(folder, 'none')
    const { message } = faultOf(['JWT_SECRET'], { JWT_SECRET_FILE: path })
    expect(message).toContain(`JWT_SECRET_FILE: can’t read ${path} (ENOENT)`)
  })

  it('is the only kind of variable that is read from a file', () => {
    const path = join(folder, 'host')
    writeFileSync(path, 'elsewhere')
    expect(readConfig(['HOST'], { HOST_FILE: path }).config.HOST).toBe('0.0.0.0')
  })

  it('is never shown in a notice', () => {
    const notices = noticesOf({ JWT_SECRT: 'hidden-1', ADMIN_PASWORD: 'hidden-2', MQTT_WHATEVER: 'hidden-3' })
    expect(notices).toHaveLength(3)
    expect(notices.join()).not.toContain('hidden')
  })
})

describe('a name that looks like one of ours', () => {
  it.each([
    ['MQTT_PROT', 'MQTT_PORT'],
    ['RETENTION_DAY', 'RETENTION_DAYS'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['JWT_SECRET_FIEL', 'JWT_SECRET_FILE'],
    ['SOCKET_IO_MAX_PACKET_BYTES', 'SOCKET_MAX_PACKET_BYTES'],
    ['SOCKET_MAX_CLIENTS', 'SOCKET_IO_MAX_CLIENTS'],
    ['MQTT_CONNECT_TIMEOUT', 'MQTT_CONNECT_TIMEOUT_MS'],
  ])('is told with the likely one: %s', (name, likely) => {
    expect(noticesOf({ [name]: '1' })).toEqual([`${name} has no effect: did you mean ${likely}?`])
  })

  it('is told without a guess where none is near', () => {
    expect(noticesOf({ MQTT_FLAVOUR_OF_THE_DAY: 'x' })).toEqual([
      'MQTT_FLAVOUR_OF_THE_DAY has no effect: no variable has this name',
    ])
  })

  it('is no fault, and nothing is said of other programs’ variables', () => {
    const others = ['PATH', 'HOME', 'HOSTNAME', 'PGHOST', 'POST', 'NODE_OPTIONS', 'npm_config_port', 'LANG']
    const links = ['MQTT_SERVICE_HOST', 'MQTT_PORT_1883_TCP', 'MQTT_PORT_1883_TCP_ADDR']
    expect(noticesOf(Object.fromEntries([...others, ...links].map((name) => [name, 'x'])))).toEqual([])
  })

  it('is not one that another of our processes reads', () => {
    const names = Object.keys(VARIABLES).filter((name) => name !== 'CONFIG_FILE')
    expect(noticesOf(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([])
  })
})

describe('values that only their meaning can refuse', () => {
  const names = [
    'NODE_ENV',
    'JWT_SECRET',
    'ADMIN_USERNAME',
    'ADMIN_PASSWORD',
    'CORS_ORIGINS',
    'TRUST_PROXY',
  ] as const

  it('are all told at once, beside those that don’t fit their schema', () => {
    const attempt = () =>
      readConfig([...names, 'PORT'], {
        PORT: 'eighty',
        JWT_SECRET: 'short',
        ADMIN_USERNAME: 'chief',
        CORS_ORIGINS: '*',
        TRUST_PROXY: 'proxy',
      })
    for (const told of [
      /5 faults/,
      /PORT: a whole number/,
      /JWT_SECRET has 5 bytes and needs 32/,
      /ADMIN_USERNAME is set without ADMIN_PASSWORD/,
      /CORS_ORIGINS: “\*” is no origin/,
      /TRUST_PROXY: “proxy” is no address/,
    ]) {
      expect(attempt).toThrow(told)
    }
  })

  it('are not told of what goes with a value that was refused already', () => {
    const environment = { ADMIN_USERNAME: 'no spaces here', ADMIN_PASSWORD: 'a password of tests' }
    expect(() => readConfig(names, environment)).toThrow(/has a fault:\n {2}- ADMIN_USERNAME: must match/)
  })

  it('are nobody’s who does not read them', () => {
    expect(() => readConfig(['PORT'], { JWT_SECRET: 'short', CORS_ORIGINS: '*' })).not.toThrow()
  })
})
