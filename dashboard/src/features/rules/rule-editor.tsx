import type { AlertRule } from '@iot/contracts'
import { Button, Switch, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { errorText } from '../../api/error-text.js'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { Form } from '../../ui/form.js'
import { useFormat } from '../../ui/format.js'
import head from '../../ui/page-head.module.css'
import { Notice } from '../../ui/states.js'
import { StatusShape } from '../../ui/status-shape.js'
import { hasRole, selectUser } from '../session/session-slice.js'
import { ConditionFields } from './condition-fields.js'
import { useDeviceName, useScopeFacts } from './known-sensors.js'
import { RemoveRuleButton } from './remove-rule-button.js'
import { patchOf, type RuleDraft, ruleOf } from './rule-draft.js'
import { type RuleFieldsProps, useRuleVerdict } from './rule-fields.js'
import { RulePreview } from './rule-preview.js'
import { readOnlyBecause } from './rule-rights.js'
import { ruleSentence } from './rule-sentence.js'
import classes from './rules.module.css'
import { useChangeRuleMutation, useCreateRuleMutation } from './rules-api.js'
import { ScopeFields } from './scope-fields.js'
import { MessageField, ScheduleFields } from './words-fields.js'

interface RuleEditorProps {
  readonly title: string
  /** absent: a new one */
  readonly rule?: AlertRule
  /** what the fields begin with */
  readonly draft: RuleDraft
  readonly onSaved: (rule: AlertRule) => void
  readonly onTakeTheirs?: () => Promise<void>
}

/** A rule in fields, in one sentence, and before the past. */
export function RuleEditor({ title, rule, draft: before, onSaved, onTakeTheirs }: RuleEditorProps) {
  const { t } = useTranslation()
  const user = useAppSelector(selectUser)
  const [draft, setDraft] = useState(before)
  const [tried, setTried] = useState(false)
  const saving = useSaving(rule, onSaved)
  const facts = useScopeFacts(draft, draft.sensorType.trim())
  const verdict = useRuleVerdict(draft, tried, saving.error)
  const readOnly = readOnlyBecause(user, rule)
  const mayChange = readOnly === undefined

  function change(part: Partial<RuleDraft>): void {
    setDraft((now) => ({ ...now, ...part }))
    saving.forget()
  }
  async function save(event: FormEvent): Promise<void> {
    event.preventDefault()
    setTried(true)
    if (verdict.sendable) await saving.save(draft)
  }

  const fields: RuleFieldsProps = { draft, facts, errors: verdict.errors, onChange: change }
  return (
    <>
      <div className={head.head}>
        <h1>{title}</h1>
        <Button component={Link} to={paths.rules()} size="xs" variant="default">
          {t('rules.backToRules')}
        </Button>
      </div>
      {readOnly !== undefined && rule !== undefined && <ReadOnly rule={rule} why={readOnly} />}
      <div className={classes.page}>
        <section className={classes.panel} aria-label={title}>
          <Form onSubmit={save}>
            <fieldset className={classes.form} disabled={!mayChange}>
              <TextInput
                label={t('rules.fields.name')}
                value={draft.name}
                error={verdict.errors.name}
                maxLength={128}
                autoComplete="off"
                onChange={(event) => change({ name: event.currentTarget.value })}
              />
              <Group legend={t('rules.fields.about')}>
                <ScopeFields {...fields} />
              </Group>
              <Group legend={t('rules.fields.condition')}>
                <ConditionFields {...fields} />
                <ScheduleFields {...fields} />
              </Group>
              <Group legend={t('rules.fields.words')}>
                <MessageField {...fields} />
              </Group>
              <Sentence {...fields} />
              <Switch
                label={t('rules.fields.enabled')}
                checked={draft.enabled}
                onChange={(event) => change({ enabled: event.currentTarget.checked })}
              />
              {mayChange && (
                <>
                  <SaveOutcome saving={saving} errors={verdict.errors} onTakeTheirs={onTakeTheirs} />
                  <div className={classes.buttons}>
                    {rule === undefined ? <span /> : <RemoveRuleButton rule={rule} />}
                    <Button type="submit" loading={saving.busy}>
                      {t('rules.save')}
                    </Button>
                  </div>
                </>
              )}
              {rule !== undefined && <LastChange rule={rule} />}
            </fieldset>
          </Form>
        </section>
        {hasRole(user, 'operator') && <RulePreview {...fields} ready={verdict.previewable} />}
      </div>
    </>
  )
}

function Group({ legend, children }: { legend: string; children: React.ReactNode }) {
  return (
    <fieldset className={classes.group}>
      <legend>{legend}</legend>
      {children}
    </fieldset>
  )
}

/** The whole rule as one says it. */
function Sentence({ draft, facts }: RuleFieldsProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const deviceName = useDeviceName()
  const unit = facts.sensors.get(draft.sensorType.trim())
  return (
    <p className={classes.sentence} aria-live="polite">
      {ruleSentence(ruleOf(draft), { t, format, deviceName, unit })}
    </p>
  )
}

interface Saving {
  readonly busy: boolean
  readonly saved: boolean
  readonly error: Parameters<typeof errorText>[1] | undefined
  readonly save: (draft: RuleDraft) => Promise<void>
  /** what the server said is of before: the fields have changed */
  readonly forget: () => void
}

function useSaving(rule: AlertRule | undefined, onSaved: (rule: AlertRule) => void): Saving {
  const { state } = useLocation() as { state: { saved?: boolean } | null }
  const [create, creating] = useCreateRuleMutation()
  const [change, changing] = useChangeRuleMutation()
  const [saved, setSaved] = useState(rule !== undefined && state?.saved === true)
  return {
    busy: creating.isLoading || changing.isLoading,
    saved,
    error: creating.error ?? changing.error,
    async save(draft) {
      const wanted = ruleOf(draft)
      const answer =
        rule === undefined
          ? await create(wanted)
          : await change({ id: rule.id, change: patchOf(wanted, rule.revision) })
      if (answer.data === undefined) return
      setSaved(true)
      onSaved(answer.data)
    },
    forget() {
      setSaved(false)
      if (creating.isError) creating.reset()
      if (changing.isError) changing.reset()
    },
  }
}

interface SaveOutcomeProps {
  readonly saving: Saving
  readonly errors: RuleFieldsProps['errors']
  readonly onTakeTheirs: (() => Promise<void>) | undefined
}

/** What became of saving, where no field says it. */
function SaveOutcome({ saving: { saved, error }, errors, onTakeTheirs }: SaveOutcomeProps) {
  const { t } = useTranslation()
  const code = isApiError(error) ? error.code : undefined
  if (code === 'CONFLICT' || code === 'STATE_CONFLICT') {
    return (
      <Notice
        compact
        urgent
        shape="warning"
        title={t('rules.changedMeanwhile')}
        action={
          onTakeTheirs !== undefined && (
            <Button size="compact-xs" variant="default" onClick={() => void onTakeTheirs()}>
              {t('rules.takeTheirs')}
            </Button>
          )
        }
      />
    )
  }
  const atField = code === 'VALIDATION_FAILED' && Object.values(errors).some((text) => text !== undefined)
  if (error !== undefined && !atField) {
    return (
      <Text size="sm" role="alert">
        {t('rules.failed', { reason: errorText(t, error) })}
      </Text>
    )
  }
  return (
    <span role="status">
      {saved && (
        <>
          <StatusShape kind="online" /> {t('rules.saved')}
        </>
      )}
    </span>
  )
}

function ReadOnly({ rule, why }: { rule: AlertRule; why: 'role' | 'file' | 'everyDevice' }) {
  const { t } = useTranslation()
  if (why === 'role') return null
  const title = why === 'file' ? t('rules.readOnlyDetail', { file: rule.id }) : t('rules.readOnlyEveryDevice')
  return <Notice compact shape="info" title={title} />
}

function LastChange({ rule }: { rule: AlertRule }) {
  const { t } = useTranslation()
  const format = useFormat()
  const time = format.absolute(Date.parse(rule.updatedAt))
  return (
    <p className={classes.hint}>
      {rule.updatedBy === undefined
        ? t('rules.updatedAt', { time })
        : t('rules.updated', { time, name: rule.updatedBy })}
    </p>
  )
}
