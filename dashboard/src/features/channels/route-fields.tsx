import { CHANNEL_TRANSITIONS } from '@iot/contracts'
import { Checkbox, Switch, Textarea } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { DurationField } from '../rules/duration-field.js'
import { WeeklyFields } from '../rules/weekly-fields.js'
import type { ChannelFieldsProps } from './channel-dialog.js'
import classes from './channels.module.css'

const SEVERITIES = ['warning', 'critical'] as const
const TYPES = ['threshold', 'connectivity', 'system'] as const

/** What a channel is told of, and when not. */
export function RouteFields({ fields, errors, onChange }: ChannelFieldsProps) {
  const { t } = useTranslation()
  return (
    <>
      <Choices
        label={t('channels.fields.severities')}
        description={t('channels.fields.allHint')}
        options={SEVERITIES.map((value) => ({ value, label: t(`rules.severities.${value}`) }))}
        value={fields.severities}
        onChange={(severities) => onChange({ severities })}
      />
      <Choices
        label={t('channels.fields.types')}
        description={t('channels.fields.allHint')}
        options={TYPES.map((value) => ({ value, label: t(`channels.types.${value}`) }))}
        value={fields.types}
        onChange={(types) => onChange({ types })}
      />
      <Choices
        label={t('channels.fields.transitions')}
        options={CHANNEL_TRANSITIONS.map((value) => ({ value, label: t(`channels.transitions.${value}`) }))}
        value={fields.transitions}
        onChange={(transitions) => onChange({ transitions })}
      />
      <Textarea
        label={t('channels.fields.sites')}
        description={t('channels.fields.sitesHint')}
        value={fields.sites}
        error={errors['route.sites'] ?? errors.route}
        rows={2}
        onChange={(event) => onChange({ sites: event.currentTarget.value })}
      />
      <DurationField
        label={t('channels.fields.group')}
        description={t('channels.fields.groupHint')}
        value={fields.group}
        error={errors.group}
        unit="s"
        onChange={(group) => onChange({ group })}
      />
      <Switch
        label={t('channels.fields.quiet')}
        description={t('channels.fields.quietHint')}
        checked={fields.quiet}
        onChange={(event) => onChange({ quiet: event.currentTarget.checked })}
      />
      {fields.quiet && (
        <>
          <WeeklyFields value={fields} errors={errors} name="quietHours" onChange={onChange} />
          <Switch
            label={t('channels.fields.quietCritical')}
            checked={fields.quietCritical}
            onChange={(event) => onChange({ quietCritical: event.currentTarget.checked })}
          />
        </>
      )}
    </>
  )
}

interface ChoicesProps<Value extends string> {
  readonly label: string
  readonly description?: string
  readonly options: readonly { value: Value; label: string }[]
  readonly value: readonly Value[]
  readonly onChange: (value: readonly Value[]) => void
}

function Choices<Value extends string>(props: ChoicesProps<Value>) {
  const { label, description, options, value, onChange } = props
  return (
    <Checkbox.Group
      label={label}
      description={description}
      value={[...value]}
      onChange={(chosen) =>
        onChange(options.map((option) => option.value).filter((each) => chosen.includes(each)))
      }
    >
      <div className={classes.choices}>
        {options.map((option) => (
          <Checkbox key={option.value} size="xs" value={option.value} label={option.label} />
        ))}
      </div>
    </Checkbox.Group>
  )
}
