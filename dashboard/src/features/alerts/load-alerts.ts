import type { Alert, AlertPage } from '@iot/contracts'
import type { AppDeps, AppDispatch, RootState } from '../../store.js'
import { alertsFailed, alertsLoaded, alertsLoading, MAX_ACTIVE } from './alerts-slice.js'

const PAGE_SIZE = 1_000

/**
 * Reads all active alerts, a thousand at a time. A call meanwhile has them read once more afterwards: what it was for
 * (other rights, a gap) may have come after a page had been read.
 */
export function loadAlerts() {
  return (dispatch: AppDispatch, getState: () => RootState, deps: AppDeps): Promise<void> => {
    const running = underWay.get(deps)
    if (running !== undefined) {
      running.again = true
      return running.done
    }
    const reading: Reading = { again: false, done: Promise.resolve() }
    underWay.set(deps, reading)
    reading.done = readUntilCurrent().finally(() => underWay.delete(deps))
    return reading.done

    async function readUntilCurrent(): Promise<void> {
      do {
        reading.again = false
        await readPages(dispatch, [...getState().alerts.active.keys()], deps)
      } while (reading.again)
    }
  }
}

interface Reading {
  done: Promise<void>
  again: boolean
}

const underWay = new WeakMap<AppDeps, Reading>()

async function readPages(
  dispatch: AppDispatch,
  known: readonly string[],
  { transport }: AppDeps,
): Promise<void> {
  dispatch(alertsLoading())
  const askedAtMs = Date.now()
  const alerts: Alert[] = []
  let cursor: string | undefined
  do {
    const page = await transport.request<AlertPage>({
      path: '/alerts',
      query: { state: 'active', limit: PAGE_SIZE, ...(cursor !== undefined && { cursor }) },
    })
    if (page.error !== undefined) {
      // What has come is true; that it is not all, the list says.
      if (alerts.length > 0) dispatch(alertsLoaded({ alerts, known, complete: false, askedAtMs }))
      dispatch(alertsFailed({ error: page.error }))
      return
    }
    alerts.push(...page.data.items)
    cursor = page.data.nextCursor
  } while (cursor !== undefined && alerts.length < MAX_ACTIVE)
  dispatch(alertsLoaded({ alerts, known, complete: cursor === undefined, askedAtMs }))
}
