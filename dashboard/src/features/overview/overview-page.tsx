import { NativeSelect } from '@mantine/core'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'react-redux'
import { useSearchParams } from 'react-router'
import { loadPartWithTexts } from '../../load-part.js'
import { type RootState, useAppDispatch, useAppSelector } from '../../store.js'
import { ErrorState, LoadingState, PartialState } from '../../ui/states.js'
import { useNow } from '../../ui/use-now.js'
import { usePainted } from '../../ui/use-painted.js'
import { selectAlertSummary } from '../alerts/alert-summary.js'
import type { FleetSummary } from '../devices/fleet-summary.js'
import { loadDevices } from '../devices/load-devices.js'
import { useFleet } from '../devices/use-fleet.js'
import { useTitle } from '../frame/use-title.js'
import { AttentionPanel } from './attention-panel.js'
import { FleetSentence } from './fleet-sentence.js'
import classes from './overview-page.module.css'
import { TileGrid } from './tile-grid.js'

const FirstReading = loadPartWithTexts(
  async () => (await import('../onboarding/first-reading.js')).FirstReading,
)

/** Is everything all right? */
export function OverviewPage() {
  const { t } = useTranslation()
  const dispatch = useAppDispatch()
  const load = useAppSelector((state) => state.devices.load)
  const error = useAppSelector((state) => state.devices.error)
  const partial = useAppSelector((state) => state.devices.partial)
  const fleet = useFleet()
  const [guiding, setGuiding] = useState(false)
  useTitle(t('overview.title'))

  const retry = () => void dispatch(loadDevices())
  if (load === 'failed' && error !== undefined) return <ErrorState error={error} onRetry={retry} />
  if (fleet.total === 0 && load !== 'ready') return <LoadingState heightPx={520} rows={5} />
  // The guide stays until it is left: the first reading is to be seen arriving where one waited for it.
  if (fleet.total === 0 && !guiding) setGuiding(true)
  if (guiding) {
    return (
      <Suspense fallback={<LoadingState heightPx={520} rows={3} />}>
        <FirstReading onDone={() => setGuiding(false)} />
      </Suspense>
    )
  }
  return (
    <>
      {partial && <PartialState onRetry={retry} />}
      <Fleet fleet={fleet} />
    </>
  )
}

/** Of the place where the tiles will be. */
const TILES_PX = 520

/** The answer first, and then the tiles: dozens of them take longer to render than all above. */
function Fleet({ fleet }: { fleet: FleetSummary }) {
  const painted = usePainted()
  const { t } = useTranslation()
  const [search, setSearch] = useSearchParams()
  const site = search.get('site') ?? ''
  const sort = search.get('sort') === 'name' ? 'name' : 'worst'
  const choose = (name: string, value: string) =>
    setSearch(
      (before) => {
        if (value === '') before.delete(name)
        else before.set(name, value)
        return before
      },
      { replace: true },
    )
  return (
    <>
      <div className={classes.top}>
        <FleetSentence fleet={fleet} />
        <div className={classes.choices}>
          {fleet.sites.length > 0 && (
            <NativeSelect
              size="xs"
              aria-label={t('overview.site')}
              value={site}
              onChange={(event) => choose('site', event.currentTarget.value)}
              data={[
                { value: '', label: t('overview.allSites') },
                ...fleet.sites.map((name) => ({ value: name, label: name })),
              ]}
            />
          )}
          <NativeSelect
            size="xs"
            aria-label={t('overview.sort')}
            value={sort}
            onChange={(event) => choose('sort', event.currentTarget.value === 'name' ? 'name' : '')}
            data={[
              { value: 'worst', label: t('overview.worst') },
              { value: 'name', label: t('overview.name') },
            ]}
          />
        </div>
      </div>
      <AttentionPanel fleet={fleet} />
      {painted ? <TileGrid fleet={fleet} site={site} sort={sort} /> : <LoadingState heightPx={TILES_PX} />}
      <p className="visually-hidden" aria-live="polite">
        <SpokenSeverities />
      </p>
    </>
  )
}

/** Only severities are spoken, and at most so often. */
const SPEAK_EVERY_MS = 5_000

function SpokenSeverities() {
  const { t } = useTranslation()
  const store = useStore<RootState>()
  // The clock's step is what makes it speak, not each alert.
  useNow(SPEAK_EVERY_MS)
  const { current, currentCritical } = selectAlertSummary(store.getState())
  if (current === 0) return null
  return `${t('alerts.countCritical', { count: currentCritical })}, ${t('alerts.count', { count: current })}`
}
