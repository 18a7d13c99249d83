import { Input, NativeSelect, TextInput } from '@mantine/core'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './rules.module.css'

const UNITS = ['s', 'm', 'h', 'd'] as const
type Unit = (typeof UNITS)[number]

/** Fields in one row keep their inputs in one line. */
export const HINT_BELOW: ('label' | 'input' | 'description' | 'error')[] = [
  'label',
  'input',
  'description',
  'error',
]

interface DurationFieldProps {
  readonly label: string
  readonly description?: string
  /** `5m`, or empty */
  readonly value: string
  readonly error?: string | undefined
  readonly unit?: Unit
  readonly onChange: (value: string) => void
}

/** A number and what it counts. */
export function DurationField({
  label,
  description,
  value,
  error,
  unit = 'm',
  onChange,
}: DurationFieldProps) {
  const { t } = useTranslation()
  const id = useId()
  const said = UNITS.find((each) => value.endsWith(each))
  const [chosen, setChosen] = useState<Unit>(said ?? unit)
  const counts = value === '' ? chosen : (said ?? chosen)
  const count = said === undefined ? value : value.slice(0, -1)
  return (
    <Input.Wrapper
      id={id}
      label={label}
      description={description}
      error={error}
      inputWrapperOrder={HINT_BELOW}
    >
      <div className={classes.duration}>
        <TextInput
          id={id}
          inputMode="numeric"
          value={count}
          maxLength={7}
          error={error !== undefined}
          onChange={(event) => {
            const text = event.currentTarget.value.trim()
            onChange(text === '' ? '' : `${text}${counts}`)
          }}
        />
        <NativeSelect
          aria-label={t('rules.unitOf', { field: label })}
          value={counts}
          data={UNITS.map((each) => ({ value: each, label: t(`rules.units.${each}`) }))}
          onChange={(event) => {
            const next = UNITS.find((each) => each === event.currentTarget.value) ?? 'm'
            setChosen(next)
            if (count !== '') onChange(`${count}${next}`)
          }}
        />
      </div>
    </Input.Wrapper>
  )
}
