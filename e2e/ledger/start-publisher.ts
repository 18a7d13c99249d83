import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { PublisherOptions, PublisherReport } from './publisher.js'

export interface Publisher {
  report(): Promise<PublisherReport>
  /** Waits until everything sent is acknowledged, and resolves with the ledger’s lines. */
  finish(): Promise<string[]>
  kill(): void
}

export function startPublisher(options: PublisherOptions): Publisher {
  const child = fork(fileURLToPath(new URL('./publisher.ts', import.meta.url)), [JSON.stringify(options)], {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  })
  return {
    async report() {
      const answer = once(child, 'message')
      child.send('report')
      return ((await answer) as [PublisherReport])[0]
    },
    async finish() {
      const ended = once(child, 'exit')
      child.send('finish')
      await ended
      return (await readFile(options.ledgerFile, 'utf8')).split('\n').filter((line) => line !== '')
    },
    kill: () => child.kill('SIGKILL'),
  }
}
