import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { formatRange, parseRange } from '../../ui/range-picker/time-range.js'
import type { TimeWindow } from '../../ui/time-chart/time-window.js'

export const DEVICE_TABS = ['charts', 'table', 'alerts', 'details'] as const
export type DeviceTab = (typeof DEVICE_TABS)[number]

export interface DeviceView {
  readonly window: TimeWindow
  readonly tab: DeviceTab
  readonly setWindow: (window: TimeWindow) => void
  readonly setTab: (tab: DeviceTab) => void
}

/** What the device page shows, kept in its URL: a copied link shows the same, and Back undoes a zoom. */
export function useDeviceView(): DeviceView {
  const [search, setSearch] = useSearchParams()
  const [range, from, to] = ['range', 'from', 'to'].map((name) => search.get(name) ?? undefined)
  const window = useMemo(() => parseRange({ range, from, to }), [range, from, to])
  const tab = DEVICE_TABS.find((each) => each === search.get('tab')) ?? 'charts'

  const change = useCallback(
    (texts: Record<string, string | undefined>) =>
      setSearch((before) => {
        const next = new URLSearchParams(before)
        for (const [name, text] of Object.entries(texts)) {
          if (text === undefined) next.delete(name)
          else next.set(name, text)
        }
        return next
      }),
    [setSearch],
  )
  const setWindow = useCallback(
    (next: TimeWindow) => change({ range: undefined, from: undefined, to: undefined, ...formatRange(next) }),
    [change],
  )
  const setTab = useCallback(
    (next: DeviceTab) => change({ tab: next === 'charts' ? undefined : next }),
    [change],
  )
  return useMemo(() => ({ window, tab, setWindow, setTab }), [window, tab, setWindow, setTab])
}
