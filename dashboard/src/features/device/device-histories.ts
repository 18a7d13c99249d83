import type { Reading } from '@iot/contracts'
import type { ApiError } from '../../api/api-error.js'
import type { Transport } from '../../api/transport.js'
import { TimeSeries } from '../../ui/time-chart/time-series.js'
import type { TimeWindow } from '../../ui/time-chart/time-window.js'
import { type History, loadHistory } from './load-history.js'

/** What is known of one sensor's line. A line of before stays on show while the next is on its way. */
export interface SensorHistory {
  readonly status: 'loading' | 'ready' | 'failed'
  readonly series?: TimeSeries
  readonly partial: boolean
  readonly error?: ApiError
}

export interface DeviceHistories {
  /** The range to show. Another one makes all open lines load again. */
  show(window: TimeWindow, points: number): void
  /** Loads a sensor's line, once; it stays live from then on. */
  open(sensorType: string): void
  /** Loads one line again, or all: after an error, or when the live feed had a hole. */
  reload(sensorType?: string): void
  get(sensorType: string): SensorHistory
  add(readings: readonly Reading[]): void
  subscribe(listener: () => void): () => void
  close(): void
}

export interface DeviceHistoriesDeps {
  readonly deviceId: string
  readonly request: Transport['request']
  readonly nowMs: () => number
}

/** Live readings kept per sensor for the join with a history that is still on its way. */
const ARRIVALS = 1_024
/** Readings of a line that is drawn as they came: a page of history and some hours of live. */
const RAW_CAPACITY = 8_192
/** Sensors whose lines are kept; a device has at most so many. */
const MAX_SENSORS = 256

const LOADING: SensorHistory = { status: 'loading', partial: false }

interface Entry {
  state: SensorHistory
  opened: boolean
  loading?: AbortController
  readonly arrivals: TimeSeries
}

/**
 * The lines of one device, outside React and Redux. History and live meet here: live readings are kept from the
 * first moment on, and go into a history when it comes, by time and each once, so that no seam shows.
 */
export function createDeviceHistories({ deviceId, request, nowMs }: DeviceHistoriesDeps): DeviceHistories {
  const entries = new Map<string, Entry>()
  const listeners = new Set<() => void>()
  let view: { window: TimeWindow; points: number } | undefined

  function entryOf(sensorType: string): Entry | undefined {
    const known = entries.get(sensorType)
    if (known !== undefined || entries.size >= MAX_SENSORS) return known
    const made: Entry = { state: LOADING, opened: false, arrivals: new TimeSeries({ capacity: ARRIVALS }) }
    entries.set(sensorType, made)
    return made
  }

  function change(entry: Entry, state: SensorHistory): void {
    entry.state = state
    for (const listener of listeners) listener()
  }

  async function load(sensorType: string, entry: Entry): Promise<void> {
    if (view === undefined) return
    entry.loading?.abort()
    const loading = new AbortController()
    entry.loading = loading
    const askedAtMs = nowMs()
    const { series } = entry.state
    change(entry, { status: 'loading', partial: false, ...(series && { series }) })
    const question = { deviceId, sensorType, ...view, nowMs: askedAtMs, signal: loading.signal }
    const answer = await loadHistory(request, question)
    if (loading.signal.aborted) return
    if (answer.error !== undefined)
      return change(entry, { status: 'failed', partial: false, error: answer.error })
    const joined = joinHistory(answer.history, entry.arrivals, askedAtMs)
    change(entry, { status: 'ready', series: joined, partial: answer.history.partial })
  }

  function loadOpen(): void {
    for (const [sensorType, entry] of entries) if (entry.opened) void load(sensorType, entry)
  }

  return {
    show(window, points) {
      view = { window, points }
      loadOpen()
    },
    open(sensorType) {
      const entry = entryOf(sensorType)
      if (entry === undefined || entry.opened) return
      entry.opened = true
      void load(sensorType, entry)
    },
    reload(sensorType) {
      const entry = sensorType === undefined ? undefined : entries.get(sensorType)
      if (sensorType === undefined) loadOpen()
      else if (entry !== undefined) void load(sensorType, entry)
    },
    get: (sensorType) => entries.get(sensorType)?.state ?? LOADING,
    add(readings) {
      for (const { sensorType, timestamp, value } of readings) {
        const entry = entryOf(sensorType)
        const point = { timeMs: Date.parse(timestamp), value }
        // A repeat changes nothing, so it must not be counted into a span a second time.
        if (entry?.arrivals.add(point)) entry.state.series?.add(point)
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      for (const entry of entries.values()) entry.loading?.abort()
      listeners.clear()
    },
  }
}

/** A history with the live readings that came before it did. */
function joinHistory(history: History, arrivals: TimeSeries, askedAtMs: number): TimeSeries {
  const { bucketMs, points } = history
  const capacity = bucketMs > 0 ? Math.max(2_048, points.length * 2) : Math.max(RAW_CAPACITY, points.length)
  const series = new TimeSeries({ capacity, bucketMs })
  series.load(points, askedAtMs)
  const { times, values } = arrivals.columns()
  for (let at = 0; at < times.length; at += 1) series.add({ timeMs: times[at]!, value: values[at]! })
  return series
}
