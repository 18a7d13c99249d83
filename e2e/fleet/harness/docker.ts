import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const OUTPUT_BYTES = 64 * 1024 * 1024

/** Runs docker and resolves with what it printed; rejects with what it said, and after `limitMs`. */
export async function docker(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; limitMs?: number } = {},
): Promise<string> {
  const { limitMs = 120_000, ...rest } = options
  try {
    const { stdout } = await run('docker', args, { ...rest, timeout: limitMs, maxBuffer: OUTPUT_BYTES })
    return stdout
  } catch (error) {
    const { stderr, stdout } = error as { stderr?: string; stdout?: string }
    throw new Error(`docker ${args.join(' ')}: ${stderr || stdout || (error as Error).message}`)
  }
}
