import { startTestDatabase, type TestDatabase } from '@iot/adapter-postgres'
import { StartError, silentLogger } from '@iot/runtime'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type PrepareDeps, prepareStores } from './prepare.js'

const NONE: PrepareDeps['config'] = {
  DATABASE_URL: undefined,
  KAFKA_BROKERS: undefined,
  KAFKA_CLIENT_ID: 'test',
  KAFKA_REPLICATION_FACTOR: 1,
}
const logger = silentLogger()

let server: TestDatabase
beforeAll(async () => {
  server = await startTestDatabase()
}, 120_000)
afterAll(() => server?.close())

async function newDatabase(): Promise<string> {
  const name = `p${Math.random().toString(36).slice(2)}`
  await server.openDatabase({ poolSize: 1 }).query(`CREATE DATABASE ${name}`)
  return server.url.replace(/[^/]+$/, name)
}

/** What is thrown at who starts the job. */
async function failureOf(config: Partial<PrepareDeps['config']>, withinMs = 100): Promise<StartError> {
  const error = await prepareStores({ config: { ...NONE, ...config }, logger, withinMs }).catch(
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(StartError)
  return error
}

describe('preparing the servers of a fleet', () => {
  it('makes the tables, says so, and does it again without harm, by several at once too', async () => {
    const url = await newDatabase()
    const prepare = () => prepareStores({ config: { ...NONE, DATABASE_URL: url }, logger })
    const said = ['The database has its tables; readings lie in weekly partitions.']
    expect(await Promise.all([prepare(), prepare()])).toEqual([said, said])
    expect(await prepare()).toEqual(said)
    const { rowCount } = await server.openDatabase({ url, poolSize: 1 }).query('SELECT FROM readings')
    expect(rowCount).toBe(0)
  })

  it('waits for a server that is not up yet', async () => {
    const url = await newDatabase()
    await server.stopServer()
    const preparing = prepareStores({ config: { ...NONE, DATABASE_URL: url }, logger })
    await server.startServer()
    expect(await preparing).toHaveLength(1)
  })

  it('gives up on a server that does not come, with the code that says: start the job again', async () => {
    const error = await failureOf({ DATABASE_URL: 'postgres://iot:hidden@127.0.0.1:1/iot' })
    expect(error.exitCode).toBe(1)
    expect(error.message).toMatch(/DATABASE_URL \(127\.0\.0\.1:1\/iot\).*ECONNREFUSED/)
    expect(error.message).not.toContain('hidden')
  })

  it('gives up at once where waiting does not help', async () => {
    const url = server.url.replace(/:[^:@]+@/, ':wrong@')
    const beganMs = performance.now()
    const error = await failureOf({ DATABASE_URL: url }, 60_000)
    expect([error.exitCode, performance.now() - beganMs < 30_000]).toEqual([78, true])
    expect(error.message).toContain('Mend DATABASE_URL')
  })

  it('says what to set where no server is named', async () => {
    expect((await failureOf({})).message).toMatch(/set DATABASE_URL, KAFKA_BROKERS, or both/)
  })
})
