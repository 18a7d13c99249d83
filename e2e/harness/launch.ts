import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { MAIN } from './system.js'

export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly tookMs: number
}

/** Runs a process of the system that is expected to end by itself; after 60 s it is killed. */
export async function launchToEnd(environment: Record<string, string>): Promise<Ended> {
  const beganMs = performance.now()
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output, tookMs: Math.round(performance.now() - beganMs) }
}
