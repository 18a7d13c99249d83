import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import bar from '../../ui/filter-bar.module.css'
import { useFormat } from '../../ui/format.js'
import { StatusShape } from '../../ui/status-shape.js'
import { SearchField } from '../frame/search-field.js'
import type { HealthKind } from './device-health.js'
import classes from './devices-page.module.css'
import type { DevicesQuestion } from './devices-view.js'
import type { FleetSummary } from './fleet-summary.js'

const KINDS: readonly HealthKind[] = [
  'critical',
  'warning',
  'offline',
  'stale',
  'maintenance',
  'unknown',
  'online',
]

interface DevicesFiltersProps {
  question: DevicesQuestion
  fleet: FleetSummary
  onChange: (change: Record<string, string>) => void
}

export function DevicesFilters({ question, fleet, onChange }: DevicesFiltersProps) {
  const { t } = useTranslation()
  return (
    <search className={bar.bar}>
      <SearchField
        className={bar.search!}
        label={t('devices.searchLabel')}
        placeholder={t('devices.search')}
        clearLabel={t('devices.clear')}
        value={question.q}
        onChange={(q) => onChange({ q })}
      />
      <StatusChips question={question} fleet={fleet} onChange={onChange} />
      <span className={classes.selects}>
        {fleet.sites.length > 0 && (
          <NativeSelect
            size="xs"
            aria-label={t('devices.site')}
            value={question.site}
            onChange={(event) => onChange({ site: event.currentTarget.value })}
            data={[
              { value: '', label: t('overview.allSites') },
              ...fleet.sites.map((site) => ({ value: site, label: site })),
            ]}
          />
        )}
        {fleet.tags.length > 0 && (
          <NativeSelect
            size="xs"
            aria-label={t('devices.tag')}
            value={question.tag}
            onChange={(event) => onChange({ tag: event.currentTarget.value })}
            data={[
              { value: '', label: t('devices.allTags') },
              ...fleet.tags.map((tag) => ({ value: tag, label: tag })),
            ]}
          />
        )}
      </span>
    </search>
  )
}

function StatusChips({ question, fleet, onChange }: DevicesFiltersProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const counts = new Map<string, number>()
  for (const { kind } of fleet.healths.values()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const shown = KINDS.filter((kind) => counts.has(kind) || question.status === kind)
  return (
    <fieldset className={bar.chips}>
      <legend className="visually-hidden">{t('devices.status')}</legend>
      {shown.map((kind) => {
        const pressed = question.status === kind
        return (
          <button
            key={kind}
            type="button"
            className={bar.chip}
            aria-pressed={pressed}
            onClick={() => onChange({ status: pressed ? '' : kind })}
          >
            <StatusShape kind={kind} />
            {t(`status.${kind}`)} <span>{format.integer(counts.get(kind) ?? 0)}</span>
          </button>
        )
      })}
    </fieldset>
  )
}
