import type { AlertRule } from '@iot/contracts'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { ErrorState, LoadingState, Notice } from '../../ui/states.js'
import { useTitle } from '../frame/use-title.js'
import { selectUser } from '../session/session-slice.js'
import { draftOf, emptyDraft } from './rule-draft.js'
import { RuleEditor } from './rule-editor.js'
import { useRuleQuery } from './rules-api.js'

const viewersZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

/** A rule that is yet to be made; `?device=` and `?sensor=` say what it begins with. */
export function NewRulePage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [search] = useSearchParams()
  useTitle(t('rules.create'))
  // Who sees some sites only makes rules about these.
  const site = useAppSelector((state) => selectUser(state)?.sites?.[0])
  const about = {
    deviceId: search.get('device') ?? undefined,
    sensorType: search.get('sensor') ?? undefined,
    site,
    timeZone: viewersZone(),
  }
  return (
    <RuleEditor
      title={t('rules.create')}
      draft={emptyDraft(about)}
      onSaved={({ id }) => void navigate(paths.rule(id), { replace: true, state: { saved: true } })}
    />
  )
}

/** A rule as it is in force, to be changed by those who may. */
export function RulePage() {
  const { ruleId = '' } = useParams()
  const { t } = useTranslation()
  const { data: rule, error, refetch } = useRuleQuery(ruleId, { refetchOnMountOrArgChange: true })
  useTitle(rule === undefined ? t('nav.rules') : t('rules.edit', { name: rule.name }))
  if (isApiError(error) && error.status === 404) return <NoSuchRule />
  if (isApiError(error) && rule === undefined)
    return <ErrorState error={error} onRetry={() => void refetch()} />
  if (rule === undefined || rule.id !== ruleId) return <LoadingState heightPx={480} rows={6} />
  return <KnownRule key={ruleId} rule={rule} takeTheirs={() => refetch().unwrap()} />
}

function KnownRule({ rule, takeTheirs }: { rule: AlertRule; takeTheirs: () => Promise<AlertRule> }) {
  const { t } = useTranslation()
  // The fields are of the rule as it was opened: a change by somebody else must not move what one is typing.
  const [opened, setOpened] = useState(rule)
  const [times, setTimes] = useState(0)
  return (
    <RuleEditor
      key={times}
      title={t('rules.edit', { name: opened.name })}
      rule={opened}
      draft={draftOf(opened, viewersZone())}
      onSaved={setOpened}
      onTakeTheirs={async () => {
        setOpened(await takeTheirs())
        setTimes((before) => before + 1)
      }}
    />
  )
}

function NoSuchRule() {
  const { t } = useTranslation()
  return (
    <Notice
      shape="unknown"
      title={<h1>{t('rules.notFound')}</h1>}
      action={<Link to={paths.rules()}>{t('rules.backToRules')}</Link>}
    />
  )
}
