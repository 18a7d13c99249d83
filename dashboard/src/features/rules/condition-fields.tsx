import { ALERT_OPERATORS } from '@iot/contracts'
import { Input, NativeSelect, SegmentedControl, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { DurationField } from './duration-field.js'
import { isOrdered, isRange, operatorOf } from './rule-draft.js'
import type { RuleFieldsProps } from './rule-fields.js'
import { OPERATOR_NAMES } from './rule-sentence.js'
import classes from './rules.module.css'

const SEVERITIES = ['warning', 'critical'] as const

/** When it opens and closes, and how bad that is. */
export function ConditionFields(props: RuleFieldsProps) {
  const { draft, errors, onChange } = props
  const { t } = useTranslation()
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
        <LimitFields {...props} />
      </div>
      <div className={classes.pair}>
        {draft.operator !== '' && (
          <DurationField
            label={t('rules.fields.for')}
            description={t('rules.fields.forHint')}
            value={draft.for}
            error={errors.for}
            onChange={(value) => onChange({ for: value })}
          />
        )}
        <DurationField
          label={draft.operator === '' ? t('rules.fields.noData') : t('rules.fields.alsoNoData')}
          description={t('rules.fields.noDataHint')}
          value={draft.noData}
          error={errors.noData}
          onChange={(noData) => onChange({ noData })}
        />
      </div>
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

function LimitFields({ draft, facts, errors, onChange }: RuleFieldsProps) {
  const { t } = useTranslation()
  const unit = facts.sensors.get(draft.sensorType.trim())
  const field = (name: 'value' | 'low' | 'high' | 'clear', description?: string) => (
    <TextInput
      key={name}
      label={unit === undefined ? t(`rules.fields.${name}`) : `${t(`rules.fields.${name}`)} (${unit})`}
      description={description}
      inputMode="decimal"
      value={draft[name]}
      error={errors[name]}
      maxLength={32}
      autoComplete="off"
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
    />
  )
  if (draft.operator === '') return null
  if (isRange(draft.operator)) return [field('low'), field('high')]
  return (
    <>
      {field('value')}
      {isOrdered(draft.operator) && field('clear', t('rules.fields.clearHint'))}
    </>
  )
}
