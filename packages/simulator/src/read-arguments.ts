import { parseArgs } from 'node:util'

export interface SimulateArguments {
  readonly url: string
  readonly sharedTopic: string
  readonly devices: number
  readonly rate: number
  readonly seed: number
  readonly seconds?: number
  readonly pastDays: number
  readonly username?: string
  readonly password?: string
}

export const USAGE = `Usage: npm run simulate -- [options]

  --devices <n>     devices, 1 to 5000 (10)
  --rate <n>        moments a second at which each device measures, 0.01 to 100 (1)
  --url <url>       the broker (mqtt://127.0.0.1:1883)
  --topic <name>    where a message names its device itself (sensor/data)
  --seconds <n>     ends after so long; without, with Ctrl-C
  --past-days <n>   first sends a past of so many days in steps of 5 minutes, 0 to 365 (0)
  --seed <n>        another seed, another fleet (1)
  --username <name> --password <text>
                    a credential of kind "gateway"; devices on this computer need none
  --help
`

/** Arguments that can't be used; the message names every fault. */
export class ArgumentFaults extends Error {
  constructor(faults: readonly string[]) {
    super(faults.map((fault) => `  - ${fault}`).join('\n'))
    this.name = 'ArgumentFaults'
  }
}

/** Undefined when help was asked for. Throws ArgumentFaults. */
export function readArguments(words: readonly string[]): SimulateArguments | undefined {
  const values = parse(words)
  if (values.help) return undefined
  const faults: string[] = []
  const number = (name: keyof typeof values, fallback: number, from: number, to: number, isWhole = true) => {
    const text = values[name]
    if (typeof text !== 'string') return fallback
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (value >= from && value <= to && (!isWhole || Number.isInteger(value))) return value
    faults.push(`--${name}: ${isWhole ? 'a whole number' : 'a number'} from ${from} to ${to}, not “${text}”`)
    return fallback
  }
  const read = {
    url: readUrl(values.url ?? 'mqtt://127.0.0.1:1883', faults),
    sharedTopic: values.topic ?? 'sensor/data',
    devices: number('devices', 10, 1, 5_000),
    rate: number('rate', 1, 0.01, 100, false),
    seed: number('seed', 1, 0, 0xffff_ffff),
    pastDays: number('past-days', 0, 0, 365, false),
    ...(values.seconds !== undefined && { seconds: number('seconds', 0, 0.1, 1e6, false) }),
    ...(values.username !== undefined && { username: values.username }),
    ...(values.password !== undefined && { password: values.password }),
  }
  if (values.password !== undefined && values.username === undefined) {
    faults.push('--password: needs --username')
  }
  if (faults.length > 0) throw new ArgumentFaults(faults)
  return read
}

function parse(words: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...words],
      options: {
        ...{
          url: text,
          topic: text,
          devices: text,
          rate: text,
          seed: text,
          seconds: text,
          'past-days': text,
        },
        ...{ username: text, password: text },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new ArgumentFaults([error instanceof Error ? error.message : String(error)])
  }
}

function readUrl(text: string, faults: string[]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^(mqtts?|tcp|wss?):$/.test(url.protocol) && url.hostname !== '') return text
  faults.push(`--url: like mqtt://127.0.0.1:1883, not “${text}”`)
  return text
}
