import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartError, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { type Database, openDatabase } from '../database.js'
import { prepareCluster } from './cluster.js'
import { createEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js'
import { findFreePort } from './free-port.js'
import { findServerBinaries } from './server-binaries.js'
import { startServer } from './server-process.js'
import { settingArguments } from './server-settings.js'
import { chooseServerUser, commandAs } from './server-user.js'

const log = silentLogger()
const context = { signal: new AbortController().signal, fail: () => {} }
const cleanups: (() => Promise<unknown>)[] = []
let parent: string
let dataDir: string

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'iot-embedded-'))
  // A path with a space, letters beyond ASCII, and too long for a socket in it.
  dataDir = join(parent, `my däta ${'x'.repeat(90)}`)
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})
afterAll(() => rm(parent, { recursive: true, force: true }))

function create(port = 0): EmbeddedPostgres {
  const server = createEmbeddedPostgres({ dataDir, port, log })
  cleanups.push(() => server.stop())
  return server
}

async function start(): Promise<EmbeddedPostgres> {
  const server = create()
  await server.start(context)
  return server
}

function connect(server: EmbeddedPostgres): Database {
  const database = openDatabase({ url: () => server.url(), poolSize: 1, log, connectTimeoutMs: 10_000 })
  cleanups.push(() => database.end())
  return database
}

/** A server on the same files that nobody of ours looks after. */
async function startOrphan(port: number): Promise<number> {
  const binaries = findServerBinaries()
  const folder = join(dataDir, 'postgres')
  const [command, args] = commandAs(chooseServerUser(binaries, folder), binaries.postgres, [
    '-D',
    join(folder, 'cluster'),
    ...settingArguments(port),
  ])
  const child = spawn(command, args, { stdio: 'ignore', detached: true, env: { LC_ALL: 'C' } })
  child.unref()
  await until('the orphan is ready', async () =>
    (await readFile(join(folder, 'cluster', 'postmaster.pid'), 'utf8')).includes('ready'),
  )
  return child.pid!
}

const SECONDS_60 = 60_000

describe('the embedded server', () => {
  it(
    'makes its database at the first start, and keeps what was written over a restart',
    async () => {
      const first = await start()
      await connect(first).query('CREATE TABLE kept AS SELECT 1 AS n')
      await first.stop()
      expect(first.pid()).toBeUndefined()
      const second = await start()
      expect((await connect(second).query('SELECT n FROM kept')).rows).toEqual([{ n: 1 }])
      expect(second.health?.()).toEqual({ status: 'healthy' })
    },
    SECONDS_60,
  )

  it(
    'holds everything in its folder, and its password for nobody else',
    async () => {
      const server = await start()
      expect((await stat(join(dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600)
      expect(await readdir(parent)).toHaveLength(1)
      expect(await readdir(dataDir)).toEqual(['postgres'])
      const database = openDatabase({ url: server.url().replace(/:[^:@]+@/, ':wrong@'), poolSize: 1, log })
      await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: '28P01' })
      await database.end()
    },
    SECONDS_60,
  )

  it(
    'is durable, UTF-8, sorts by bytes, and is small',
    async () => {
      const { rows } = await connect(await start()).query(
        `SELECT name, setting FROM pg_settings WHERE name IN
       ('fsync', 'full_page_writes', 'synchronous_commit', 'server_encoding', 'jit', 'listen_addresses') ORDER BY name`,
      )
      expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
        fsync: 'on',
        full_page_writes: 'on',
        jit: 'off',
        listen_addresses: '127.0.0.1',
        server_encoding: 'UTF8',
        synchronous_commit: 'on',
      })
    },
    SECONDS_60,
  )

  it(
    'refuses a folder that another process has, and names both',
    async () => {
      await start()
      const second = create()
      await expect(second.start(context)).rejects.toThrow(StartError)
      await expect(second.start(context)).rejects.toThrow(
        new RegExp(`my däta.*\\(${process.pid}\\).*DATA_DIR`),
      )
    },
    SECONDS_60,
  )

  it.each([
    ['can’t be made', 'file/inside'],
    ['has something else in place of its lock', 'blocked'],
  ])('says which folder is at fault, and what to do, where it %s', async (_, name) => {
    await writeFile(join(parent, 'file'), '')
    await mkdir(join(parent, 'blocked', 'postgres', 'lock'), { recursive: true })
    const server = createEmbeddedPostgres({ dataDir: join(parent, name), port: 0, log })
    await expect(server.start(context)).rejects.toThrow(StartError)
    await expect(server.start(context)).rejects.toThrow(new RegExp(`${join(parent, name)}.*set DATA_DIR`))
  })

  it(
    'stops a server that a killed process has left, and takes over',
    async () => {
      const before = await start()
      const port = Number(new URL(before.url()).port)
      await before.stop()
      const orphan = await startOrphan(port)
      const server = await start()
      expect(server.pid()).not.toBe(orphan)
      expect((await connect(server).query('SELECT n FROM kept')).rowCount).toBe(1)
      expect(await readFile(`/proc/${orphan}/cmdline`, 'utf8').catch(() => '')).toBe('')
    },
    SECONDS_60,
  )

  it(
    'starts where a process id file was left whose process is another one now',
    async () => {
      await (await start()).stop()
      await writeFile(
        join(dataDir, 'postgres', 'cluster', 'postmaster.pid'),
        `${process.pid}\n${dataDir}\n0\n5432\n\n127.0.0.1\n\nready\n`,
      )
      expect((await connect(await start()).query('SELECT 1')).rowCount).toBe(1)
    },
    SECONDS_60,
  )

  it(
    'comes back by itself at the same place when the server dies, and says so meanwhile',
    async () => {
      const server = await start()
      const database = connect(server)
      await database.query('CREATE TABLE written AS SELECT 7 AS n')
      const [url, pid] = [server.url(), server.pid()!]
      process.kill(pid, 'SIGKILL')
      await until('it is degraded', () => server.health?.().status === 'degraded', { everyMs: 1 })
      await until('another server runs', () => server.pid() !== undefined && server.pid() !== pid, {
        withinMs: 30_000,
      })
      expect(server.url()).toBe(url)
      await until('it answers', () => database.query('SELECT 1'))
      expect((await database.query('SELECT n FROM written')).rows).toEqual([{ n: 7 }])
      expect(server.health?.()).toEqual({ status: 'healthy' })
    },
    SECONDS_60,
  )

  it(
    'stops while it is about to start again',
    async () => {
      const server = await start()
      process.kill(server.pid()!, 'SIGKILL')
      await until('the end was noticed', () => server.health?.().status === 'degraded', { everyMs: 1 })
      await server.stop()
      expect(server.pid()).toBeUndefined()
      await start()
    },
    SECONDS_60,
  )

  it(
    'names a port that is taken, and what to do',
    async () => {
      const other = createServer()
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      cleanups.push(() => new Promise((resolve) => other.close(resolve)))
      const { port } = other.address() as { port: number }
      await expect(create(port).start(context)).rejects.toThrow(
        new RegExp(`Port ${port} .*EMBEDDED_POSTGRES_PORT`),
      )
      await start()
    },
    SECONDS_60,
  )

  it(
    'begins anew where the making of the database was cut off',
    async () => {
      const folder = join(parent, 'cut off')
      await mkdir(join(folder, 'postgres', 'cluster.new', 'base'), { recursive: true })
      await writeFile(join(folder, 'postgres', 'password'), 'half-made-but-kept')
      const server = createEmbeddedPostgres({ dataDir: folder, port: 0, log })
      cleanups.push(() => server.stop())
      await server.start(context)
      expect((await connect(server).query('SELECT 1')).rowCount).toBe(1)
      await server.stop()
      await rm(folder, { recursive: true })
    },
    SECONDS_60,
  )

  it(
    'says what is missing where its password is gone',
    async () => {
      const path = join(dataDir, 'postgres', 'password')
      const password = await readFile(path, 'utf8')
      await rm(path)
      await expect(create().start(context)).rejects.toThrow(/password is gone/)
      await writeFile(path, password, { mode: 0o600 })
      await start()
    },
    SECONDS_60,
  )

  it(
    'says what the server says of files that are broken',
    async () => {
      const folder = join(parent, 'broken')
      await mkdir(join(folder, 'postgres', 'cluster'), { recursive: true })
      await writeFile(join(folder, 'postgres', 'password'), 'secret')
      await writeFile(join(folder, 'postgres', 'cluster', 'PG_VERSION'), '18\n')
      const server = createEmbeddedPostgres({ dataDir: folder, port: 0, log })
      await expect(server.start(context)).rejects.toThrow(StartError)
      await server.stop()
      await rm(folder, { recursive: true })
    },
    SECONDS_60,
  )
})

describe('the user that the server runs as', () => {
  const binaries = findServerBinaries()

  it('is ours, where we are not root', () => {
    expect(chooseServerUser(binaries, tmpdir(), { processUid: 1000 })).toEqual({ prefix: [] })
  })

  it(
    'is one that can get there and run the program, where root gets no namespace',
    async () => {
      const folder = join(parent, 'for another user', 'postgres')
      await mkdir(folder, { recursive: true, mode: 0o755 })
      await chmod(parent, 0o755)
      const user = chooseServerUser(binaries, folder, { namespaces: false })
      const cluster = await prepareCluster(folder, binaries, user)
      const port = await findFreePort()
      const server = await startServer({ binaries, user, clusterPath: cluster.path, port, log })
      expect((await stat(cluster.path)).uid).toBe(user.uid ?? process.getuid!())
      await server.stop()
    },
    SECONDS_60,
  )

  it('is told the ways out where nobody can', async () => {
    const folder = join(parent, 'for root only', 'postgres')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const nobodyRuns = { ...binaries, postgres: join(folder, 'no-such-program') }
    const attempt = () => chooseServerUser(nobodyRuns, folder, { processUid: 0 })
    expect(attempt).toThrow(StartError)
    expect(attempt).toThrow(/normal user.*DATABASE_URL/s)
  })
})
