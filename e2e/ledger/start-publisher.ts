import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { System } from '../harness/system.js'
import type { PublisherOptions, PublisherReport } from './publisher.js'

export interface Publisher {
  /** its devices */
  readonly deviceIds: readonly string[]
  /** no reading of its is older */
  readonly fromMs: number
  report(): Promise<PublisherReport>
  /** Waits until everything sent is acknowledged, and resolves with the ledger’s lines. */
  finish(): Promise<string[]>
  kill(): void
}

/** Starts a process that publishes to the system at a rate, as its options say. */
export async function startPublisher(
  system: Pick<System, 'mqttUrl'>,
  given: Omit<PublisherOptions, 'url' | 'ledgerFile'>,
): Promise<Publisher> {
  const folder = await mkdtemp(join(tmpdir(), 'iot-ledger-'))
  const ledgerFile = join(folder, 'ledger')
  const options: PublisherOptions = { ...given, url: system.mqttUrl, ledgerFile }
  const child = fork(fileURLToPath(new URL('./publisher.ts', import.meta.url)), [JSON.stringify(options)], {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  })
  return {
    deviceIds: Array.from({ length: given.devices }, (_, at) => `${given.prefix}-${at}`),
    fromMs: Date.now() - 1_000,
    async report() {
      const answer = once(child, 'message')
      child.send('report')
      return ((await answer) as [PublisherReport])[0]
    },
    async finish() {
      const ended = once(child, 'exit')
      child.send('finish')
      await ended
      const lines = (await readFile(ledgerFile, 'utf8')).split('\n').filter((line) => line !== '')
      await rm(folder, { recursive: true })
      return lines
    },
    kill: () => child.kill('SIGKILL'),
  }
}
