import { NativeSelect } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'react-redux'
import { type RootState, useAppSelector } from '../../store.js'
import bar from '../../ui/filter-bar.module.css'
import { useFormat } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { StatusShape } from '../../ui/status-shape.js'
import { compareNames } from '../devices/fleet-summary.js'
import { SearchField } from '../frame/search-field.js'
import { useDeviceName } from './alert-words.js'
import classes from './alerts.module.css'
import type { AlertsQuestion } from './alerts-view.js'

const STATES = ['open', 'acknowledged', 'shelved', 'closed'] as const
const SEVERITIES = ['critical', 'warning'] as const
const TYPES = ['threshold', 'connectivity', 'system'] as const

interface AlertsFiltersProps {
  question: AlertsQuestion
  onChange: (change: Record<string, string>) => void
}

export function AlertsFilters({ question, onChange }: AlertsFiltersProps) {
  const { t } = useTranslation()
  const sites = useSites(question.site)
  return (
    <search className={`${bar.bar} ${classes.filters}`}>
      <SearchField
        className={bar.search!}
        label={t('alertPages.searchLabel')}
        placeholder={t('alertPages.search')}
        clearLabel={t('alertPages.filters.clear')}
        value={question.q}
        onChange={(q) => onChange({ q })}
      />
      <StateChips question={question} onChange={onChange} />
      <span className={classes.selects}>
        <Choice
          label={t('alertPages.filters.severity')}
          all={t('alertPages.filters.allSeverities')}
          value={question.severity}
          options={SEVERITIES.map((each) => [each, t(`alerts.severity.${each}`)])}
          onChange={(severity) => onChange({ severity })}
        />
        {sites.length > 0 && (
          <Choice
            label={t('alertPages.filters.site')}
            all={t('alertPages.filters.allSites')}
            value={question.site}
            options={sites.map((site) => [site, site])}
            onChange={(site) => onChange({ site })}
          />
        )}
        <Choice
          label={t('alertPages.filters.type')}
          all={t('alertPages.filters.allTypes')}
          value={question.type}
          options={TYPES.map((each) => [each, t(`alertPages.types.${each}`)])}
          onChange={(type) => onChange({ type })}
        />
      </span>
    </search>
  )
}

/** Those of the devices and of the alerts, and the chosen one although it has none any more. */
function useSites(chosen: string): string[] {
  const store = useStore<RootState>()
  const ids = useAppSelector((state) => state.devices.ids)
  const load = useAppSelector((state) => state.devices.load)
  const active = useAppSelector((state) => state.alerts.active)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `load` changes when descriptions have come
  return useMemo(() => {
    const { entities } = store.getState().devices
    const found = new Set<string>(chosen === '' ? [] : [chosen])
    for (const id of ids) {
      const site = entities[id]?.site
      if (site !== undefined) found.add(site)
    }
    for (const { site } of active.values()) if (site !== undefined) found.add(site)
    return [...found].sort(compareNames)
  }, [store, ids, load, active, chosen])
}

function StateChips({ question, onChange }: AlertsFiltersProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const active = useAppSelector((state) => state.alerts.active)
  // Unknown is not zero.
  const known = useAppSelector((state) => state.alerts.load === 'ready')
  const device = useDeviceName(question.device === '' ? undefined : question.device)
  const counts = useMemo(() => {
    const counted = { open: 0, acknowledged: 0, shelved: 0, closed: 0 }
    for (const { state } of active.values()) counted[state] += 1
    return counted
  }, [active])
  return (
    <fieldset className={bar.chips}>
      <legend className="visually-hidden">{t('alertPages.filters.state')}</legend>
      {STATES.map((state) => {
        const pressed = question.state === state
        return (
          <button
            key={state}
            type="button"
            className={bar.chip}
            aria-pressed={pressed}
            onClick={() => onChange({ state: pressed ? '' : state })}
          >
            {state === 'open' && known && <StatusShape kind={counts.open > 0 ? 'warning' : 'online'} />}
            {t(`alerts.states.${state}`)}
            {state !== 'closed' && known && <span>{format.integer(counts[state])}</span>}
          </button>
        )
      })}
      {device !== undefined && (
        <button
          type="button"
          className={bar.chip}
          aria-pressed="true"
          onClick={() => onChange({ device: '' })}
        >
          {t('alertPages.filters.device', { name: device })} <Icon name="close" size={12} />
        </button>
      )}
    </fieldset>
  )
}

interface ChoiceProps {
  label: string
  all: string
  value: string
  options: readonly (readonly [value: string, label: string])[]
  onChange: (value: string) => void
}

function Choice({ label, all, value, options, onChange }: ChoiceProps) {
  return (
    <NativeSelect
      size="xs"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[{ value: '', label: all }, ...options.map(([each, name]) => ({ value: each, label: name }))]}
    />
  )
}
