import { ActionIcon, NativeSelect, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'react-router'
import { useFormat } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { StatusShape } from '../../ui/status-shape.js'
import { SEARCH_FIELD } from '../frame/use-shortcuts.js'
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
/** The list follows each letter; the address waits until a word stands. */
const TYPING_MS = 120

interface DevicesFiltersProps {
  question: DevicesQuestion
  fleet: FleetSummary
  onChange: (change: Record<string, string>) => void
}

export function DevicesFilters({ question, fleet, onChange }: DevicesFiltersProps) {
  const { t } = useTranslation()
  return (
    <search className={classes.filters}>
      <SearchField value={question.q} onChange={(q) => onChange({ q })} />
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
    <fieldset className={classes.chips}>
      <legend className="visually-hidden">{t('devices.status')}</legend>
      {shown.map((kind) => {
        const pressed = question.status === kind
        return (
          <button
            key={kind}
            type="button"
            className={classes.chip}
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

function SearchField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation()
  const { state } = useLocation() as { state: { focusSearch?: boolean } | null }
  const field = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  const told = useRef(value)
  const change = useRef(onChange)
  useEffect(() => {
    change.current = onChange
  })
  // The address changed by itself: Back, or “clear filters”.
  useEffect(() => {
    if (value === told.current) return
    told.current = value
    setText(value)
  }, [value])
  useEffect(() => {
    if (text === told.current) return
    const timer = setTimeout(() => {
      told.current = text
      change.current(text)
    }, TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])
  useEffect(() => {
    if (state?.focusSearch) field.current?.focus()
  }, [state])
  return (
    <TextInput
      ref={field}
      className={classes.searchField!}
      size="xs"
      type="search"
      aria-label={t('devices.searchLabel')}
      placeholder={t('devices.search')}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setText('')
      }}
      leftSection={<Icon name="search" size={14} />}
      rightSection={
        text !== '' && (
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={t('devices.clear')}
            onClick={() => setText('')}
          >
            <Icon name="close" size={12} />
          </ActionIcon>
        )
      }
      {...{ [SEARCH_FIELD]: '' }}
    />
  )
}
