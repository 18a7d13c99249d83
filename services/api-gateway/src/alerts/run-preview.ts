import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AlertRuleRequest, PreviewAnswer, PreviewEpisode } from '@iot/contracts'
import { type CompiledRule, compileRule, createPreview, type Episode, type Preview } from '@iot/domain'
import type { DeviceRow, DeviceStore, ReadingStore } from '@iot/ports'
import { toTimestamp } from '../present/to-timestamp.js'
import { requireWanted } from './preview-desk.js'

const MAX_DEVICES = 200
const MAX_READINGS = 500_000
const MAX_EPISODES = 1_000
/** Readings fetched at once; between two such steps others have their turn. */
const PAGE = 2_000
const DEVICE_PAGE = 1_000
const MAX_DEVICE_PAGES = 20
/** Past it the answer is what has been looked at so far. */
const LONGEST_MS = 15_000

export interface PreviewWork {
  readonly rule: AlertRuleRequest
  readonly fromMs: number
  readonly toMs: number
  readonly sites: readonly string[] | undefined
  readonly signal: AbortSignal
}

interface PreviewDeps {
  readonly devices: Pick<DeviceStore, 'list'>
  readonly readings: Pick<ReadingStore, 'read'>
}

/**
 * Shows a rule the stored readings of the devices that it would judge, one device after the other. Each device has its
 * share of the readings that one preview looks at; where that is too little the device is looked at from `from` on as
 * far as it goes, and the answer says `truncated`.
 */
export async function runPreview(deps: PreviewDeps, work: PreviewWork): Promise<PreviewAnswer> {
  const endsAt = performance.now() + LONGEST_MS
  const { rows, more } = await findDevices(deps.devices, work)
  const compiled = compileRule({ ...work.rule, enabled: true })
  const found: PreviewEpisode[] = []
  let count = 0
  let readings = 0
  let devices = 0
  let truncated = more
  for (const row of rows) {
    if (performance.now() > endsAt) {
      truncated = true
      break
    }
    const share = Math.floor((MAX_READINGS - readings) / (rows.length - devices))
    const shown = await showReadings(deps.readings, { ...work, compiled, row, share })
    for (const episode of shown.made.episodes) found.push(presentEpisode(row, work.rule, episode))
    count += shown.made.count
    readings += shown.count
    devices += 1
    if (shown.untilMs < work.toMs) truncated = true
  }
  const episodes = found.sort(oldestFirst).slice(0, MAX_EPISODES)
  return { count, episodes, devices, readings, ...(truncated && { truncated }) }
}

/** The devices of the rule that have its sensor, of those that exist for whoever asks. */
async function findDevices(
  devices: Pick<DeviceStore, 'list'>,
  { rule: { deviceId, site, sensorType }, sites, signal }: PreviewWork,
): Promise<{ rows: DeviceRow[]; more: boolean }> {
  const rows: DeviceRow[] = []
  let after: string | undefined
  for (let page = 0; page < MAX_DEVICE_PAGES; page++) {
    requireWanted(signal)
    const some = await devices.list({
      limit: DEVICE_PAGE,
      ...(deviceId !== undefined && { deviceIds: [deviceId] }),
      ...(site !== undefined && { site }),
      ...(sites && { sites }),
      ...(after !== undefined && { after }),
    })
    for (const row of some) {
      if (sensorType !== undefined && !row.sensors.some((one) => one.sensorType === sensorType)) continue
      if (rows.length === MAX_DEVICES) return { rows, more: true }
      rows.push(row)
    }
    if (some.length < DEVICE_PAGE) return { rows, more: false }
    after = some.at(-1)!.deviceId
  }
  return { rows, more: true }
}

async function showReadings(
  readings: Pick<ReadingStore, 'read'>,
  work: PreviewWork & { compiled: CompiledRule; row: DeviceRow; share: number },
): Promise<{ made: ReturnType<Preview['end']>; count: number; untilMs: number }> {
  const { rule, compiled, row, fromMs, toMs, share, signal } = work
  let preview: Preview | undefined
  let after: { timestampMs: number; sensorType: string } | undefined
  let count = 0

  /** A device may have a past from before it was heard of here: silence counts from the earlier of the two. */
  function begin(firstMs = Number.POSITIVE_INFINITY): Preview {
    const silentFromMs = Math.min(firstMs, Math.max(fromMs, row.createdAtMs))
    return createPreview(compiled, { silentFromMs, maxEpisodes: MAX_EPISODES })
  }
  function end(untilMs: number) {
    return { made: (preview ?? begin()).end(untilMs), count, untilMs }
  }

  for (;;) {
    requireWanted(signal)
    const limit = Math.min(PAGE, share - count)
    if (limit === 0) return end(after?.timestampMs ?? fromMs)
    const rows = await readings.read({
      deviceId: row.deviceId,
      fromMs,
      toMs,
      limit,
      ...(rule.sensorType !== undefined && { sensorType: rule.sensorType }),
      ...(after && { after }),
    })
    preview ??= begin(rows[0]?.timestampMs)
    for (const { timestampMs, value } of rows) preview.reading(timestampMs, value)
    count += rows.length
    if (rows.length < limit) return end(toMs)
    after = rows.at(-1)!
    await nextTurn()
  }
}

function presentEpisode(
  { deviceId }: DeviceRow,
  { sensorType }: AlertRuleRequest,
  { openedAtMs, closedAtMs }: Episode,
): PreviewEpisode {
  return {
    deviceId,
    ...(sensorType !== undefined && { sensorType }),
    openedAt: toTimestamp(openedAtMs),
    ...(closedAtMs !== undefined && { closedAt: toTimestamp(closedAtMs) }),
  }
}

function oldestFirst(one: PreviewEpisode, other: PreviewEpisode): number {
  return Date.parse(one.openedAt) - Date.parse(other.openedAt)
}
