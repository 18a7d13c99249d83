import type { Reading, ReadingBucket } from '@iot/contracts'
import type { ApiError } from '../../api/api-error.js'
import type { Transport } from '../../api/transport.js'
import type { BucketPoint, Point } from '../../ui/time-chart/time-series.js'
import { type TimeWindow, windowEdges, windowSpanMs } from '../../ui/time-chart/time-window.js'
import { bucketText, bucketWidthMs } from './bucket-width.js'

export interface HistoryQuestion {
  readonly deviceId: string
  readonly sensorType: string
  readonly window: TimeWindow
  /** points that the chart can show */
  readonly points: number
  readonly nowMs: number
  readonly signal: AbortSignal
}

export interface History {
  /** 0: readings as they came */
  readonly bucketMs: number
  readonly points: readonly (Point | BucketPoint)[]
  /** it ends early: more than `MAX_PAGES` pages */
  readonly partial: boolean
}

export type HistoryAnswer = { history: History; error?: undefined } | { history?: undefined; error: ApiError }

/** Ranges up to this are asked for as they came, unless they hold more than a page. */
const RAW_SPAN_MS = 3_600_000
const PAGE_LIMIT = 1_000
const MAX_PAGES = 5
/** A device's clock may be a little ahead of the viewer's; what it sent is part of “now”. */
const CLOCKS_APART_MS = 60_000

type Page = { items: (Reading | ReadingBucket)[]; nextCursor?: string }
type Query = Record<string, string | number>

/**
 * The history of one sensor for a chart. Short ranges come reading by reading; what is longer, or denser than a page,
 * comes in spans of a round width, chosen here so that live readings can be folded into the same spans.
 */
export async function loadHistory(
  request: Transport['request'],
  question: HistoryQuestion,
): Promise<HistoryAnswer> {
  const { sensorType, window, points, nowMs } = question
  const [fromMs, toMs] = windowEdges(window, nowMs)
  const query = {
    sensorType,
    from: new Date(fromMs).toISOString(),
    to: new Date(window.kind === 'last' ? toMs + CLOCKS_APART_MS : toMs).toISOString(),
    limit: PAGE_LIMIT,
  }
  const spanMs = windowSpanMs(window)
  if (spanMs <= RAW_SPAN_MS) {
    const raw = await readPages(request, question, query, 1)
    if (raw.error !== undefined) return raw
    if (!raw.partial) return { history: { bucketMs: 0, points: raw.items.map(toPoint), partial: false } }
  }
  const bucketMs = bucketWidthMs(spanMs, points)
  const spans = await readPages(request, question, { ...query, bucket: bucketText(bucketMs) }, MAX_PAGES)
  if (spans.error !== undefined) return spans
  return { history: { bucketMs, points: spans.items.map(toPoint), partial: spans.partial } }
}

async function readPages(
  request: Transport['request'],
  { deviceId, signal }: HistoryQuestion,
  query: Query,
  pages: number,
): Promise<{ items: Page['items']; partial: boolean; error?: undefined } | { error: ApiError }> {
  const items: Page['items'] = []
  let cursor: string | undefined
  for (let page = 0; page < pages; page += 1) {
    const answer = await request<Page>({
      path: `/devices/${encodeURIComponent(deviceId)}/readings`,
      query: { ...query, ...(cursor !== undefined && { cursor }) },
      signal,
    })
    if (answer.error !== undefined) return { error: answer.error }
    items.push(...answer.data.items)
    cursor = answer.data.nextCursor
    if (cursor === undefined) break
  }
  return { items, partial: cursor !== undefined }
}

function toPoint(item: Reading | ReadingBucket): Point | BucketPoint {
  const timeMs = Date.parse(item.timestamp)
  if ('value' in item) return { timeMs, value: item.value }
  return { timeMs, value: item.avg, min: item.min, max: item.max, count: item.count }
}
