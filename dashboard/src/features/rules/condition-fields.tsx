import { ALERT_OPERATORS } from '@iot/contracts'
import { Input, NativeSelect, SegmentedControl, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { DurationField, HINT_BELOW } from './duration-field.js'
import { isOrdered, isRange, operatorOf } from './rule-draft.js'
import type { RuleFieldsProps } from './rule-fields.js'
import { OPERATOR_NAMES } from './rule-sentence.js'
import classes from './rules.module.css'

const RANGE_LIMITS = ['low', 'high'] as const
const ONE_LIMIT = ['value'] as const
const SEVERITIES = ['warning', 'critical'] as const

/** When it opens and closes, and how bad that is. */
export function ConditionFields(props: RuleFieldsProps) {
  const { draft, errors, onChange } = props
  const { t } = useTranslation()
  const limits = isRange(draft.operator) ? RANGE_LIMITS : draft.operator === '' ? [] : ONE_LIMIT
  return (
    <>
      <div className={classes.pair}>
        <NativeSelect
          label={t('rules.fields.operator')}
          value={draft.operator}
          error={errors.operator}
          data={[
            ...ALERT_OPERATORS.map((operator) => ({
              value: operator,
              label: t(`rules.operators.${OPERATOR_NAMES[operator]}`),
            })),
            { value: '', label: t('rules.operators.none') },
          ]}
          onChange={(event) => onChange({ operator: operatorOf(event.currentTarget.value) })}
        />
        {limits.map((name) => (
          <LimitField key={name} name={name} {...props} />
        ))}
      </div>
      {draft.operator !== '' && (
        <div className={classes.pair}>
          <DurationField
            label={t('rules.fields.for')}
            description={t('rules.fields.forHint')}
            value={draft.for}
            error={errors.for}
            onChange={(value) => onChange({ for: value })}
          />
          {isOrdered(draft.operator) && (
            <LimitField name="clear" hint={t('rules.fields.clearHint')} {...props} />
          )}
        </div>
      )}
      <DurationField
        label={draft.operator === '' ? t('rules.fields.noData') : t('rules.fields.alsoNoData')}
        description={t('rules.fields.noDataHint')}
        value={draft.noData}
        error={errors.noData}
        onChange={(noData) => onChange({ noData })}
      />
      <Input.Wrapper label={t('rules.fields.severity')} labelElement="div">
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={t('rules.fields.severity')}
          value={draft.severity}
          data={SEVERITIES.map((severity) => ({
            value: severity,
            label: t(`rules.severities.${severity}`),
          }))}
          onChange={(chosen) => onChange({ severity: chosen === 'critical' ? 'critical' : 'warning' })}
        />
      </Input.Wrapper>
    </>
  )
}

interface LimitFieldProps extends RuleFieldsProps {
  readonly name: 'value' | 'low' | 'high' | 'clear'
  readonly hint?: string
}

/** A number in the unit of the sensor. */
function LimitField({ name, hint, draft, facts, errors, onChange }: LimitFieldProps) {
  const { t } = useTranslation()
  const unit = facts.sensors.get(draft.sensorType.trim())
  const label = t(`rules.fields.${name}`)
  return (
    <TextInput
      label={unit === undefined ? label : `${label} (${unit})`}
      description={hint}
      inputWrapperOrder={HINT_BELOW}
      inputMode="decimal"
      value={draft[name]}
      error={errors[name]}
      maxLength={32}
      autoComplete="off"
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
    />
  )
}
