import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

let folder: string

/** One small file: transpiling the sources in each of the processes would cost seconds. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-service-'))
  const esbuild = createRequire(import.meta.url).resolve('esbuild/bin/esbuild')
  const { status, stderr } = spawnSync(
    esbuild,
    ['--bundle', '--platform=node', '--format=esm', `--outfile=${join(folder, 'runtime.mjs')}`],
    {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      input: `export * from './run-service.ts'; export * from './app-error.ts'`,
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(stderr)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PRELUDE = `
  import { runService, StartError } from './runtime.mjs'
  const say = (fields, message) => console.log(JSON.stringify({ ...fields, message, err: fields.err?.message }))
  const log = { debug() {}, info: say, error: say, fatal: (fields, message) => say(Object(fields), message ?? fields) }
  setInterval(() => {}, 1_000) // as a server does: keeps the process alive
  const part = (name, more = {}) => ({
    name,
    start: async () => console.log('start ' + name),
    stop: async () => console.log('stop ' + name),
    ...more,
  })
`

/** Runs a process of ours to its end; `onOutput` sees what it has said so far whenever it says more. */
async function run(script: string, onOutput: (output: string, signal: () => void) => void = () => {}) {
  const args = ['--input-type=module', '-e', PRELUDE + script]
  const child = spawn(process.execPath, args, { cwd: folder, env: { PATH: process.env.PATH } })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    onOutput(output, () => child.kill('SIGTERM'))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output, errors }
}

/** Sends the signal once, when the process has said something. */
function signalAfter(said: string) {
  let isSent = false
  return (output: string, signal: () => void) => {
    if (isSent || !output.includes(said)) return
    isSent = true
    signal()
  }
}

describe('the life of a process', () => {
  it('stops in reverse order on a signal, and ends with 0', async () => {
    const { code, output } = await run(
      `await runService({ log, components: [part('a'), part('b')], onReady: () => console.log('ready') })`,
      signalAfter('ready'),
    )
    expect(code).toBe(0)
    expect(output.match(/^(start|stop) \w$/gm)).toEqual(['start a', 'start b', 'stop b', 'stop a'])
  })

  it('tells a start that can be mended in the log and in plain words, takes it back, and ends with 78', async () => {
    const { code, output, errors } = await run(`
      const bad = part('b', { start: async () => { throw new StartError('Port 1 is taken: set PORT.') } })
      await runService({ log, components: [part('a'), bad] })`)
    expect(code).toBe(78)
    expect(errors).toBe('Port 1 is taken: set PORT.\n')
    expect(output).toContain('"message":"Port 1 is taken: set PORT."')
    expect(output).toContain('stop a')
  })

  it('ends with 1 after an unhandled rejection, whether it runs or stops', async () => {
    const running = await run(`
      const onReady = () => { Promise.reject(new Error('forgotten')) }
      await runService({ log, components: [part('a')], onReady })`)
    expect([running.code, running.output]).toEqual([1, expect.stringContaining('forgotten')])
    expect(running.output).toContain('stop a')

    const stopping = await run(
      `const stop = async () => { Promise.reject(new Error('late')); await new Promise((done) => setTimeout(done, 20)) }
      await runService({ log, components: [part('a', { stop })], onReady: () => console.log('ready') })`,
      signalAfter('ready'),
    )
    expect([stopping.code, stopping.output]).toEqual([1, expect.stringContaining('late')])
  })

  it('does not wait for ever for a start that hangs when it is told to stop', async () => {
    const { code, output } = await run(
      `const start = () => { console.log('hanging'); return new Promise(() => {}) }
      await runService({ log, components: [part('a', { start })], stopLimitMs: 100 })`,
      signalAfter('hanging'),
    )
    expect([code, output]).toEqual([1, expect.stringContaining('the stop took too long')])
  })
})
