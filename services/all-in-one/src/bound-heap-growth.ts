import { setFlagsFromString } from 'node:v8'

/**
 * How much the heap may grow over what was alive at the last full collection, percent. What lies outside of it since
 * then counts too, and that is most of what comes: the windows. V8’s own choice goes up to 300: with the windows
 * full, 286 MB instead of 220, on machines that are as small as a Raspberry Pi. At 60 there are twice as many
 * collections as at 120; `bench memory` holds the bound.
 */
const GROWTH_PERCENT = 120

/** V8 looks the flag up at each collection, so that it can be set in a running process. */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`)
}
