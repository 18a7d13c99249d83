import { systemClock } from '@iot/ports'
import { createDevices } from './create-devices.js'
import { createFleet } from './fleet.js'
import { fillPast } from './past.js'
import type { SimulateArguments } from './read-arguments.js'

const TELL_EVERY_MS = 5_000
/** After this long without any connection it is told what to do; it goes on trying. */
const IMPATIENT_MS = 5_000

/** Runs a fleet, with its past first where that is asked for, until the signal aborts or the time is over. */
export async function simulate(
  args: SimulateArguments,
  io: { tell(line: string): void; signal: AbortSignal },
): Promise<void> {
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
  const telling = setInterval(() => {
    const { connected, sent, acknowledged, dropped } = fleet.figures()
    io.tell(
      `${connected}/${args.devices} connected, ${sent} sent, ${acknowledged} acknowledged, ${dropped} dropped`,
    )
  }, TELL_EVERY_MS)
  const impatience = setTimeout(() => {
    if (fleet.figures().connected > 0) return
    io.tell(
      `No connection to ${args.url}${lastError && ` (${lastError})`}: is the system running? --url names another.`,
    )
  }, IMPATIENT_MS)
  try {
    if (args.pastDays > 0) await sendPast(args, devices, io.tell, signal)
    await aborted(signal)
  } finally {
    clearInterval(telling)
    clearTimeout(impatience)
    await fleet.stop()
    const { sent, acknowledged } = fleet.figures()
    io.tell(`done: ${sent} sent, ${acknowledged} acknowledged`)
  }
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
