import { setFlagsFromString } from 'node:v8'

/**
 * How much the heap may grow over what was alive at the last full collection, percent. V8’s own choice goes up
 * to 300: with the windows full, 400 MB instead of 240, on machines that are as small as a Raspberry Pi.
 * The additional collections cost a few µs per message in `bench ingest`; `bench memory` holds the bound.
 */
const GROWTH_PERCENT = 60

/** V8 looks the flag up at each collection, so that it can be set in a running process. */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`)
}
