import type { DevicePage } from '@iot/contracts'
import type { AppDeps, AppDispatch, RootState } from '../../store.js'
import { devicesFailed, devicesLoaded, devicesLoading, MAX_DEVICES } from './devices-slice.js'

const PAGE_SIZE = 1_000

/** Reads the whole list, a thousand at a time; each page is shown as it comes. A second call meanwhile is the same one. */
export function loadDevices() {
  return (dispatch: AppDispatch, getState: () => RootState, deps: AppDeps): Promise<void> => {
    const running = underWay.get(deps)
    if (running !== undefined) return running
    const loading = readPages(dispatch, unlistedOf(getState()), deps).finally(() => underWay.delete(deps))
    underWay.set(deps, loading)
    return loading
  }
}

const underWay = new WeakMap<AppDeps, Promise<void>>()

function unlistedOf({ devices: { ids, entities } }: RootState): string[] {
  return ids.filter((id) => entities[id]?.described === false)
}

async function readPages(
  dispatch: AppDispatch,
  unlisted: readonly string[],
  { transport }: AppDeps,
): Promise<void> {
  dispatch(devicesLoading())
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await transport.request<DevicePage>({
      path: '/devices',
      query: { limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) },
    })
    if (page.error !== undefined) {
      dispatch(devicesFailed({ error: page.error }))
      return
    }
    cursor = page.data.nextCursor
    seen.push(...page.data.items.map((device) => device.deviceId))
    const last = cursor === undefined || seen.length >= MAX_DEVICES
    dispatch(devicesLoaded({ devices: page.data.items, last, ...(last && { seen, unlisted }) }))
  } while (cursor !== undefined && seen.length < MAX_DEVICES)
}
