import type { Alert, AlertPage } from '@iot/contracts'
import type { AppDeps, AppDispatch, RootState } from '../../store.js'
import { alertsFailed, alertsLoaded, alertsLoading, MAX_ACTIVE } from './alerts-slice.js'

const PAGE_SIZE = 1_000

/** Reads all active alerts, a thousand at a time. A second call meanwhile is the same one. */
export function loadAlerts() {
  return (dispatch: AppDispatch, getState: () => RootState, deps: AppDeps): Promise<void> => {
    const running = underWay.get(deps)
    if (running !== undefined) return running
    const known = [...getState().alerts.active.keys()]
    const loading = readPages(dispatch, known, deps).finally(() => underWay.delete(deps))
    underWay.set(deps, loading)
    return loading
  }
}

const underWay = new WeakMap<AppDeps, Promise<void>>()

async function readPages(
  dispatch: AppDispatch,
  known: readonly string[],
  { transport }: AppDeps,
): Promise<void> {
  dispatch(alertsLoading())
  const alerts: Alert[] = []
  let cursor: string | undefined
  do {
    const page = await transport.request<AlertPage>({
      path: '/alerts',
      query: { state: 'active', limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) },
    })
    if (page.error !== undefined) {
      // What has come is true; that it is not all, the list says.
      if (alerts.length > 0) dispatch(alertsLoaded({ alerts, known, complete: false }))
      dispatch(alertsFailed({ error: page.error }))
      return
    }
    alerts.push(...page.data.items)
    cursor = page.data.nextCursor
  } while (cursor !== undefined && alerts.length < MAX_ACTIVE)
  dispatch(alertsLoaded({ alerts, known, complete: cursor === undefined }))
}
