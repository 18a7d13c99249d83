import { ArgumentFaults, readArguments, USAGE } from './read-arguments.js'
import { simulate } from './simulate.js'

const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort())

try {
  const args = readArguments(process.argv.slice(2))
  if (!args) {
    process.stdout.write(USAGE)
  } else if (!(await simulate(args, { tell: (line) => console.log(line), signal: stopping.signal }))) {
    process.exitCode = 1
  }
} catch (error) {
  if (!(error instanceof ArgumentFaults)) throw error
  process.stderr.write(`${error.message}\n\n${USAGE}`)
  process.exitCode = 64
}
