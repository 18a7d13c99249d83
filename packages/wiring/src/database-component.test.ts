import { openDatabase } from '@iot/adapter-postgres'
import { StoreUnavailable } from '@iot/ports'
import { type Component, type Logger, StartError, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createDatabaseComponent } from './database-component.js'

const SECRET_WORDS = 'connect ECONNREFUSED db.internal:5432 (user iot_admin)'
const context = { signal: new AbortController().signal, fail: () => {} }
let opened: Component | undefined
afterEach(async () => {
  await opened?.stop()
  opened = undefined
})

function open(more: Partial<Parameters<typeof createDatabaseComponent>[0]> = {}) {
  const said: { message: string; err?: unknown }[] = []
  const note = (facts: unknown, message?: string) =>
    said.push(
      typeof facts === 'string' ? { message: facts } : { ...(facts as object), message: message ?? '' },
    )
  const logger = Object.assign(silentLogger(), { warn: note, info: note }) as Logger
  const component = createDatabaseComponent({
    prepare: async () => {},
    look: async () => {},
    end: async () => {},
    configuredUrl: undefined,
    intervalMs: 5,
    logger,
    ...more,
  })
  opened = component
  return { component, said, status: () => component.health?.().status }
}

describe('the database as a component', () => {
  it('is degraded while the database does not answer, and healthy when it answers again', async () => {
    let away = false
    const error = new StoreUnavailable(SECRET_WORDS)
    const look = async () => {
      if (away) throw error
    }
    const { component, said, status } = open({ look })
    await component.start(context)
    expect(component.health?.()).toEqual({ status: 'healthy' })
    away = true
    await until('it is degraded', () => status() === 'degraded')
    away = false
    await until('it is healthy again', () => status() === 'healthy')
    expect(said).toEqual([
      { message: 'the database does not answer', err: error },
      { message: 'the database answers again' },
    ])
  })

  it('has no words of the error in its report, which anybody may read', async () => {
    const { component, status } = open({ look: () => Promise.reject(new StoreUnavailable(SECRET_WORDS)) })
    await component.start(context)
    await until('it is degraded', () => status() === 'degraded')
    expect(component.health?.()).toEqual({ status: 'degraded', detail: 'the database does not answer' })
  })

  it('is degraded by a look without an answer, and begins no other until that one has ended', async () => {
    let looks = 0
    let answer = () => {}
    const look = () => {
      looks += 1
      return new Promise<void>((resolve) => {
        answer = resolve
      })
    }
    const { component, status } = open({ look, lookLimitMs: 20 })
    await component.start(context)
    await until('it is degraded', () => status() === 'degraded')
    // Four intervals have gone by since the look began.
    expect(looks).toBe(1)
    answer()
    await until('it is healthy, and looks again', () => looks > 1)
  })

  it('looks no more once it has been stopped, and then ends the connections', async () => {
    let looks = 0
    let ended = 0
    const end = async () => {
      ended += 1
    }
    const look = async () => {
      looks += 1
    }
    const { component } = open({ end, look })
    await component.start(context)
    await until('it has looked', () => looks > 0)
    await component.stop()
    const looksAtStop = looks
    let ticks = 0
    const ticking = setInterval(() => {
      ticks += 1
    }, 5)
    await until('several intervals have gone by', () => ticks > 5)
    clearInterval(ticking)
    expect([looks, ended]).toEqual([looksAtStop, 1])
  })

  it('ends the connections after a start that failed, too', async () => {
    let ended = 0
    const prepare = () => Promise.reject(new Error('a mistake in a migration'))
    const end = async () => {
      ended += 1
    }
    const { component } = open({ prepare, end })
    await expect(component.start(context)).rejects.toThrow('a mistake in a migration')
    await component.stop()
    expect(ended).toBe(1)
  })
})

describe('a DATABASE_URL that leads nowhere', () => {
  async function startWith(url: string): Promise<Error> {
    const database = openDatabase({ url, poolSize: 1, log: silentLogger() })
    const { component } = open({
      prepare: () => database.query('SELECT 1'),
      end: () => database.end(),
      configuredUrl: url,
    })
    return await component.start(context).then(
      () => new Error('it has started'),
      (error) => error,
    )
  }

  it('stops the start with the host, the reason and what to do, and without the password', async () => {
    // Port 1 is nobody's: the refusal comes at once.
    const error = await startWith('postgres://iot:hidden@127.0.0.1:1/telemetry')
    expect(error).toBeInstanceOf(StartError)
    expect(error.message).toMatch(
      /DATABASE_URL \(127\.0\.0\.1:1\/telemetry\) can’t be used: .*ECONNREFUSED.*Start it/,
    )
    expect(error.message).not.toContain('hidden')
  })

  it('shows nothing of an address that can’t be read', async () => {
    const error = await startWith('postgres://iot:hidden@[nonsense/telemetry')
    expect(error).toBeInstanceOf(StartError)
    expect(`${error.message} ${error.cause}`).not.toContain('hidden')
  })

  it.each([
    ['28P01', 'password authentication failed for user "iot"'],
    ['3D000', 'database "telemetry" does not exist'],
    ['42501', 'permission denied for schema public'],
  ])('says so where the server does not let us in (%s)', async (code, words) => {
    const configuredUrl = 'postgres://iot:hidden@db.example/telemetry'
    const prepare = () => Promise.reject(Object.assign(new Error(words), { code }))
    const starting = open({ prepare, configuredUrl }).component.start(context)
    await expect(starting).rejects.toThrow(StartError)
    await expect(starting).rejects.toThrow(
      `(db.example/telemetry) can’t be used: ${words}. Mend DATABASE_URL`,
    )
  })

  it('is not blamed for an error of another kind, nor for one that says enough itself', async () => {
    const configuredUrl = 'postgres://iot:hidden@db.example/telemetry'
    for (const error of [new SyntaxError('a mistake'), new StartError('the database is newer')]) {
      const { component } = open({ prepare: () => Promise.reject(error), configuredUrl })
      await expect(component.start(context)).rejects.toBe(error)
    }
  })
})
