import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui/format.js'
import { fromInputText, toInputText } from '../../ui/range-picker/time-range.js'
import { useTyped } from '../../ui/use-typed.js'
import { SEARCH_FIELD } from '../frame/use-shortcuts.js'
import classes from './audit.module.css'
import { AUDIT_SUBJECTS } from './audit-view.js'

/** The address, and the question with it, waits until a word stands. */
const TYPING_MS = 300

interface AuditFiltersProps {
  readonly address: URLSearchParams
  readonly onChange: (next: URLSearchParams) => void
}

export function AuditFilters({ address, onChange }: AuditFiltersProps) {
  const { t } = useTranslation()
  const utc = useFormat().timeZone === 'UTC'
  const action = address.get('action') ?? ''
  const listed = (AUDIT_SUBJECTS as readonly string[]).includes(action) || action === ''
  function set(name: string, value: string): void {
    const next = new URLSearchParams(address)
    if (value === '') next.delete(name)
    else next.set(name, value)
    onChange(next)
  }
  const timeField = (name: 'from' | 'to') => {
    const ms = Date.parse(address.get(name) ?? '')
    return (
      <TextInput
        size="xs"
        type="datetime-local"
        label={t(`audit.${name}`)}
        value={Number.isNaN(ms) ? '' : toInputText(ms, utc).slice(0, 16)}
        onChange={(event) => {
          const chosen = fromInputText(event.currentTarget.value, utc)
          set(name, Number.isNaN(chosen) ? '' : new Date(chosen).toISOString())
        }}
      />
    )
  }
  return (
    <search className={classes.filters} aria-label={t('audit.filters')}>
      <TypedField
        label={t('audit.actor')}
        value={address.get('actor') ?? ''}
        onChange={(text) => set('actor', text)}
      />
      <NativeSelect
        size="xs"
        label={t('audit.action')}
        value={action}
        data={[
          { value: '', label: t('audit.anyAction') },
          ...AUDIT_SUBJECTS.map((subject) => ({ value: subject, label: t(`audit.actions.${subject}`) })),
          ...(listed ? [] : [{ value: action, label: action }]),
        ]}
        onChange={(event) => set('action', event.currentTarget.value)}
      />
      <TypedField
        label={t('audit.target')}
        value={address.get('target') ?? ''}
        onChange={(text) => set('target', text)}
      />
      {timeField('from')}
      {timeField('to')}
      {[...address.keys()].length > 0 && (
        <Button size="xs" variant="default" onClick={() => onChange(new URLSearchParams())}>
          {t('audit.clear')}
        </Button>
      )}
    </search>
  )
}

interface TypedFieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (text: string) => void
}

function TypedField({ label, value, onChange }: TypedFieldProps) {
  const [text, setText] = useTyped(value, onChange, TYPING_MS)
  return (
    <TextInput
      size="xs"
      label={label}
      value={text}
      maxLength={128}
      autoCapitalize="none"
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => setText(event.currentTarget.value)}
      {...{ [SEARCH_FIELD]: '' }}
    />
  )
}
