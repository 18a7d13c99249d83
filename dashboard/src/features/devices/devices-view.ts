import { compareEntries, type DeviceEntry } from './device-entry.js'
import { compareNames, type FleetSummary } from './fleet-summary.js'
import { matchDevices } from './match-devices.js'

/** What the address says of the list: search, filters, order. */
export interface DevicesQuestion {
  q: string
  /** a `ShapeKind`, or empty */
  status: string
  site: string
  tag: string
  sort: SortColumn
  descending: boolean
}

const SORT_COLUMNS = ['status', 'name', 'site', 'lastSeen'] as const
export type SortColumn = (typeof SORT_COLUMNS)[number]

/** `sort=-name` is by name, descending. An order that is no order of ours is by name. */
export function readDevicesQuestion(search: URLSearchParams): DevicesQuestion {
  const sort = search.get('sort') ?? ''
  const column = SORT_COLUMNS.find((each) => each === sort.replace(/^-/, '')) ?? 'name'
  return {
    q: search.get('q') ?? '',
    status: search.get('status') ?? '',
    site: search.get('site') ?? '',
    tag: search.get('tag') ?? '',
    sort: column,
    descending: sort.startsWith('-'),
  }
}

/** Ids of the devices that match, in the wanted order; ties by name. */
export function answerDevices(
  question: DevicesQuestion,
  entities: Readonly<Record<string, DeviceEntry>>,
  ids: readonly string[],
  healths: FleetSummary['healths'],
): string[] {
  const { status, site, tag } = question
  const matching = matchDevices(entities, ids, question.q).filter((id) => {
    const entry = entities[id]
    return (
      entry !== undefined &&
      (status === '' || healths.get(id)?.kind === status) &&
      (site === '' || entry.site === site) &&
      (tag === '' || entry.tags.includes(tag))
    )
  })
  const compare = COMPARE[question.sort]
  const sign = question.descending ? -1 : 1
  return matching.sort((one, other) => {
    const [first, second] = [entities[one]!, entities[other]!]
    return sign * compare(first, second, healths) || compareEntries(first, second)
  })
}

type Compare = (one: DeviceEntry, other: DeviceEntry, healths: FleetSummary['healths']) => number

const COMPARE: Record<SortColumn, Compare> = {
  name: compareEntries,
  site: (one, other) =>
    one.site === other.site ? 0 : compareNames(one.site ?? '\uffff', other.site ?? '\uffff'),
  status: (one, other, healths) =>
    (healths.get(one.deviceId)?.rank ?? 0) - (healths.get(other.deviceId)?.rank ?? 0),
  lastSeen: (one, other) => (other.lastSeenMs ?? 0) - (one.lastSeenMs ?? 0),
}
