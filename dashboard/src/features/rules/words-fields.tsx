import { type AlertSubject, alertMessage, MESSAGE_PLACEHOLDERS } from '@iot/domain'
import { Switch, Textarea } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { draftFaults, isRange, type RuleDraft, ruleOf } from './rule-draft.js'
import type { RuleFieldsProps } from './rule-fields.js'
import classes from './rules.module.css'
import { WeeklyFields } from './weekly-fields.js'

/** What the alert says, with an example of it by the code that will say it. */
export function MessageField({ draft, facts, errors, onChange }: RuleFieldsProps) {
  const { t } = useTranslation()
  const isWhole = Object.keys(draftFaults(draft)).every((field) => field === 'name')
  const example = alertMessage(ruleOf(draft), subjectOf(draft, facts))
  return (
    <div>
      <Textarea
        label={t('rules.fields.message')}
        description={t('rules.fields.messageHint', {
          names: MESSAGE_PLACEHOLDERS.map((name) => `{${name}}`).join(' '),
        })}
        value={draft.message}
        error={errors.message}
        maxLength={500}
        rows={2}
        autosize={false}
        onChange={(event) => onChange({ message: event.currentTarget.value })}
      />
      {isWhole && <p className={classes.example}>{t('rules.fields.messageExample', { text: example })}</p>}
    </div>
  )
}

/** A device of the scope, with a value that the rule would speak of. */
function subjectOf(draft: RuleDraft, facts: RuleFieldsProps['facts']): AlertSubject {
  const device = facts.devices[0]
  const sensorType = draft.sensorType.trim() || undefined
  const unit = sensorType === undefined ? undefined : facts.sensors.get(sensorType)
  return {
    cause: draft.operator === '' ? 'silent' : 'value',
    deviceId: device?.deviceId ?? 'device-1',
    deviceName: device?.name,
    site: device?.site,
    sensorType,
    unit,
    ...(draft.operator !== '' && { value: exampleValue(draft) }),
  }
}

function exampleValue(draft: RuleDraft): number {
  const { operator, value = 0, low = 0, high = 0 } = ruleOf(draft)
  if (operator !== undefined && isRange(operator)) return operator === 'outside' ? high + 1 : (low + high) / 2
  if (operator === '>' || operator === '!=') return value + 1
  return operator === '<' ? value - 1 : value
}

/** The hours in which it may open. */
export function ScheduleFields({ draft, errors, onChange }: RuleFieldsProps) {
  const { t } = useTranslation()
  return (
    <>
      <Switch
        label={t('rules.fields.schedule')}
        description={t('rules.fields.scheduleHint')}
        checked={draft.scheduled}
        onChange={(event) => onChange({ scheduled: event.currentTarget.checked })}
      />
      {draft.scheduled && <WeeklyFields value={draft} errors={errors} onChange={onChange} />}
    </>
  )
}
