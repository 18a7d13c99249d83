import { WEEKDAYS, type Weekday } from '@iot/contracts'
import { Checkbox, TextInput } from '@mantine/core'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './rules.module.css'

/** Hours of the week, as a person fills them in. */
export interface WeeklyHours {
  readonly days: readonly Weekday[]
  readonly from: string
  readonly to: string
  readonly timeZone: string
}

interface WeeklyFieldsProps {
  readonly value: WeeklyHours
  /** by field; the server and the domain say `schedule.to` */
  readonly errors: Readonly<Record<string, string | undefined>>
  /** what the hours are called in a request */
  readonly name?: string
  readonly onChange: (change: Partial<WeeklyHours>) => void
}

export function WeeklyFields({ value, errors, name = 'schedule', onChange }: WeeklyFieldsProps) {
  const { t } = useTranslation()
  const zones = useId()
  const errorOf = (field: keyof WeeklyHours) => errors[field] ?? errors[`${name}.${field}`]
  return (
    <>
      <Checkbox.Group
        label={t('rules.fields.days')}
        error={errorOf('days')}
        value={[...value.days]}
        onChange={(days) => onChange({ days: WEEKDAYS.filter((day) => days.includes(day)) })}
      >
        <div className={classes.days}>
          {WEEKDAYS.map((day) => (
            <Checkbox key={day} size="xs" value={day} label={t(`rules.days.${day}`)} />
          ))}
        </div>
      </Checkbox.Group>
      <div className={classes.pair}>
        {(['from', 'to'] as const).map((field) => (
          <TextInput
            key={field}
            type="time"
            label={t(`rules.fields.${field}`)}
            value={value[field]}
            error={errorOf(field)}
            onChange={(event) => onChange({ [field]: event.currentTarget.value.slice(0, 5) })}
          />
        ))}
      </div>
      <TextInput
        label={t('rules.fields.timeZone')}
        list={zones}
        value={value.timeZone}
        error={errorOf('timeZone')}
        autoComplete="off"
        spellCheck={false}
        maxLength={64}
        onChange={(event) => onChange({ timeZone: event.currentTarget.value })}
      />
      <datalist id={zones}>
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  )
}
