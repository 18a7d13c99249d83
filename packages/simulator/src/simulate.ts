import { systemClock } from '@iot/ports'
import { createDevices } from './create-devices.js'
import { createFleet, type Fleet } from './fleet.js'
import { fillPast } from './past.js'
import type { SimulateArguments } from './read-arguments.js'

const TELL_EVERY_MS = 5_000

/**
 * Runs a fleet, with its past first where that is asked for, until the signal aborts or the time is over. Answers
 * whether anything was acknowledged.
 */
export async function simulate(
  args: SimulateArguments,
  io: { tell(line: string): void; signal: AbortSignal },
): Promise<boolean> {
  const devices = createDevices({ count: args.devices, seed: args.seed })
  let lastError = ''
  const fleet = createFleet({
    ...args,
    devices,
    clock: systemClock,
    onError: (error) => {
      lastError = error.message || String((error as NodeJS.ErrnoException).code ?? error)
    },
  })
  const over = args.seconds === undefined ? undefined : AbortSignal.timeout(args.seconds * 1_000)
  const signal = over ? AbortSignal.any([io.signal, over]) : io.signal

  fleet.start()
  io.tell(`${args.devices} devices, each ${args.rate} times a second, to ${args.url}`)
  const telling = setInterval(() => tellFigures(fleet, args, io.tell, lastError), TELL_EVERY_MS)
  try {
    if (args.pastDays > 0) await sendPast(args, devices, io.tell, signal)
    await aborted(signal)
  } finally {
    clearInterval(telling)
    tellFigures(fleet, args, io.tell, lastError)
    await fleet.stop()
  }
  return fleet.figures().acknowledged > 0
}

/** Who has no connection at all is told what to do; it is tried again anyway. */
function tellFigures(fleet: Fleet, args: SimulateArguments, tell: (line: string) => void, why: string): void {
  const { devices, connected, sent, acknowledged, dropped } = fleet.figures()
  tell(`${connected}/${devices} connected, ${sent} sent, ${acknowledged} acknowledged, ${dropped} dropped`)
  if (connected > 0 || acknowledged > 0) return
  tell(`No connection to ${args.url}${why && ` (${why})`}: is the system running? --url names another.`)
}

async function sendPast(
  args: SimulateArguments,
  devices: ReturnType<typeof createDevices>,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let told = 0
  const past = fillPast({
    ...args,
    devices,
    days: args.pastDays,
    stepMinutes: 5,
    nowMs: systemClock.nowMs(),
    signal,
    onProgress({ done, total }) {
      const percent = Math.floor((100 * done) / total)
      if (percent < told + 10) return
      told = percent - (percent % 10)
      tell(`past: ${told} %`)
    },
  })
  await past.catch((error) => {
    if (!signal.aborted) throw error
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
