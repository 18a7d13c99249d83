import { NativeSelect } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { useAppDispatch, useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import { ErrorState, LoadingState, PartialState } from '../../ui/states.js'
import type { FleetSummary } from '../devices/fleet-summary.js'
import { loadDevices } from '../devices/load-devices.js'
import { useFleet } from '../devices/use-fleet.js'
import { useTitle } from '../frame/use-title.js'
import { AttentionPanel } from './attention-panel.js'
import { FleetSentence } from './fleet-sentence.js'
import classes from './overview-page.module.css'
import { TileGrid } from './tile-grid.js'

const FirstReading = lazy(async () => ({
  default: (await import('../onboarding/first-reading.js')).FirstReading,
}))

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

function Fleet({ fleet }: { fleet: FleetSummary }) {
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
      <AttentionPanel attention={fleet.attention} />
      <TileGrid fleet={fleet} site={site} sort={sort} />
      <p className="visually-hidden" aria-live="polite">
        <SpokenSeverities fleet={fleet} />
      </p>
    </>
  )
}

/** Only severities are spoken, and they change seldom. */
function SpokenSeverities({ fleet }: { fleet: FleetSummary }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (fleet.critical + fleet.warning === 0) return null
  return `${format.integer(fleet.critical)} ${t('status.critical')}, ${format.integer(fleet.warning)} ${t('status.warning')}`
}
