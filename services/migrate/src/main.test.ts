import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startTestDatabase } from '@iot/adapter-postgres'
import { describe, expect, it } from '@jest/globals'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

async function run(environment: Record<string, string>): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', MAIN], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}

describe('the migrate job', () => {
  it('ends with 0 and what the servers have', async () => {
    const server = await startTestDatabase()
    try {
      const { code, output } = await run({ DATABASE_URL: server.url })
      expect([code, output]).toEqual([0, expect.stringContaining('The database has its tables')])
    } finally {
      await server.close()
    }
  })

  it('ends with 78 and every fault of its configuration, without a stack', async () => {
    const { code, output } = await run({ KAFKA_REPLICATION_FACTOR: 'many', LOG_LEVEL: 'loud' })
    expect(code).toBe(78)
    for (const name of ['KAFKA_REPLICATION_FACTOR', 'LOG_LEVEL']) expect(output).toContain(name)
    expect(output).not.toMatch(/\n {4}at /)
  })
})
