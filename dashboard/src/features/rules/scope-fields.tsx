import { Input, NativeSelect, SegmentedControl, TextInput } from '@mantine/core'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { useMatchingDevices } from './known-sensors.js'
import type { RuleFieldsProps } from './rule-fields.js'

const SCOPES = ['all', 'site', 'device'] as const

/** Which devices, and which of their sensors. */
export function ScopeFields({ draft, facts, errors, onChange }: RuleFieldsProps) {
  const { t } = useTranslation()
  const sensors = useId()
  const sites = useId()
  return (
    <>
      <Input.Wrapper label={t('rules.fields.scope')} labelElement="div">
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={t('rules.fields.scope')}
          value={draft.scope}
          data={SCOPES.map((scope) => ({ value: scope, label: t(`rules.fields.scopes.${scope}`) }))}
          onChange={(chosen) => onChange({ scope: SCOPES.find((scope) => scope === chosen) ?? 'all' })}
        />
      </Input.Wrapper>
      {draft.scope === 'site' &&
        (facts.sites.length > 0 && (draft.site === '' || facts.sites.includes(draft.site)) ? (
          <NativeSelect
            label={t('rules.fields.site')}
            value={draft.site}
            error={errors.site}
            data={['', ...facts.sites].map((site) => ({ value: site, label: site || '–' }))}
            onChange={(event) => onChange({ site: event.currentTarget.value })}
          />
        ) : (
          <TextInput
            label={t('rules.fields.site')}
            list={sites}
            value={draft.site}
            error={errors.site}
            maxLength={64}
            onChange={(event) => onChange({ site: event.currentTarget.value })}
          />
        ))}
      {draft.scope === 'device' && (
        <DeviceField
          value={draft.deviceId}
          error={errors.deviceId}
          onChange={(deviceId) => onChange({ deviceId })}
        />
      )}
      <TextInput
        label={t('rules.fields.sensor')}
        description={draft.operator === '' ? t('rules.fields.sensorHint') : undefined}
        list={sensors}
        value={draft.sensorType}
        error={errors.sensorType}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        maxLength={64}
        onChange={(event) => onChange({ sensorType: event.currentTarget.value })}
      />
      <datalist id={sensors}>
        {[...facts.sensors].map(([name, unit]) => (
          <option key={name} value={name} label={unit} />
        ))}
      </datalist>
    </>
  )
}

interface DeviceFieldProps {
  readonly value: string
  readonly error?: string | undefined
  readonly label?: string
  readonly onChange: (deviceId: string) => void
}

/** The browser offers the devices that the typed words fit; a device that has not sent yet can be named too. */
export function DeviceField({ value, error, label, onChange }: DeviceFieldProps) {
  const { t } = useTranslation()
  const list = useId()
  const devices = useMatchingDevices(value)
  const known = devices.find(({ deviceId }) => deviceId === value)
  return (
    <>
      <TextInput
        label={label ?? t('rules.fields.device')}
        description={known !== undefined && known.name !== value ? known.name : undefined}
        list={list}
        value={value}
        error={error}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        maxLength={64}
        onChange={(event) => onChange(event.currentTarget.value.trim())}
      />
      <datalist id={list}>
        {devices.map(({ deviceId, name }) => (
          <option key={deviceId} value={deviceId} label={name} />
        ))}
      </datalist>
    </>
  )
}
