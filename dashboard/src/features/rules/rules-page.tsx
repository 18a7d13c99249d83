import type { AlertRule } from '@iot/contracts'
import { Button, Switch } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { errorText } from '../../api/error-text.js'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import head from '../../ui/page-head.module.css'
import list from '../../ui/row-list.module.css'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import { StatusShape } from '../../ui/status-shape.js'
import { SearchField } from '../frame/search-field.js'
import { useTitle } from '../frame/use-title.js'
import { hasRole, selectUser } from '../session/session-slice.js'
import { useDeviceName, useScopeFacts } from './known-sensors.js'
import { RuleFileFaults } from './rule-file-faults.js'
import { readOnlyBecause } from './rule-rights.js'
import { ruleSentence } from './rule-sentence.js'
import classes from './rules.module.css'
import { useChangeRuleMutation, useRulesInfiniteQuery } from './rules-api.js'

const EVERYTHING = { scope: 'all', site: '', deviceId: '' } as const

/** All rules, each in one sentence. */
export function RulesPage() {
  const { t } = useTranslation()
  const [address, setAddress] = useSearchParams()
  const search = address.get('q') ?? ''
  const user = useAppSelector(selectUser)
  const mayChange = hasRole(user, 'operator')
  const query = useRulesInfiniteQuery(search === '' ? {} : { search }, { refetchOnMountOrArgChange: true })
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query
  const rules = data?.pages.flatMap(({ items }) => items)
  useTitle(t('nav.rules'))
  return (
    <>
      <div className={head.head}>
        <h1>{t('nav.rules')}</h1>
        <SearchField
          className={classes.search!}
          label={t('rules.searchLabel')}
          placeholder={t('rules.search')}
          clearLabel={t('rules.clearSearch')}
          value={search}
          onChange={(q) => setAddress(q === '' ? {} : { q }, { replace: true })}
        />
        {mayChange && (
          <Button
            component={Link}
            to={paths.newRule()}
            size="xs"
            leftSection={<Icon name="plus" size={14} />}
          >
            {t('rules.add')}
          </Button>
        )}
      </div>
      <p className={head.intro}>{t('rules.intro')}</p>
      {mayChange && user?.sites === undefined && <RuleFileFaults />}
      {isApiError(error) && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === undefined && <LoadingState heightPx={320} rows={5} />}
      {rules?.length === 0 && <NoRules search={search} />}
      {rules !== undefined && rules.length > 0 && <RuleList rules={rules} />}
      {hasNextPage && (
        <Button variant="default" size="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('rules.more')}
        </Button>
      )}
    </>
  )
}

function NoRules({ search }: { search: string }) {
  const { t } = useTranslation()
  if (search !== '') return <EmptyState title={t('rules.nothingFound', { text: search })} />
  return <EmptyState title={t('rules.empty')}>{t('rules.emptyDetail')}</EmptyState>
}

function RuleList({ rules }: { rules: readonly AlertRule[] }) {
  const { t } = useTranslation()
  const user = useAppSelector(selectUser)
  const format = useFormat()
  const deviceName = useDeviceName()
  const { sensors } = useScopeFacts(EVERYTHING, '')
  return (
    <ul className={`${list.rows} ${classes.list}`} aria-label={t('nav.rules')}>
      {rules.map((rule) => (
        <li key={rule.id} data-off={!rule.enabled || undefined}>
          <StatusShape kind={rule.severity} label={t(`rules.severities.${rule.severity}`)} />
          <div>
            <span className={`${list.name} ${classes.ruleName}`}>
              <Link to={paths.rule(rule.id)}>{rule.name}</Link>
              {rule.source === 'file' && (
                <span className={`${list.aside} ${classes.aside}`}>
                  <Lock /> {t('rules.readOnly')}: {rule.id}
                </span>
              )}
              {!rule.enabled && <span className={`${list.aside} ${classes.aside}`}>{t('rules.off')}</span>}
            </span>
            <div className={`${list.facts} ${classes.ruleText}`}>
              {ruleSentence(rule, { t, format, deviceName, unit: sensors.get(rule.sensorType ?? '') })}
            </div>
          </div>
          {readOnlyBecause(user, rule) === undefined ? <EnabledSwitch rule={rule} /> : <span />}
        </li>
      ))}
    </ul>
  )
}

function EnabledSwitch({ rule }: { rule: AlertRule }) {
  const { t } = useTranslation()
  const [change, { isLoading, error }] = useChangeRuleMutation()
  return (
    <Switch
      aria-label={t('rules.enable', { name: rule.name })}
      checked={rule.enabled}
      disabled={isLoading}
      error={error === undefined ? undefined : errorText(t, error)}
      onChange={(event) =>
        void change({
          id: rule.id,
          change: { enabled: event.currentTarget.checked, revision: rule.revision },
        })
      }
    />
  )
}

function Lock() {
  return (
    <svg width="11" height="11" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor">
      <path d="M3.500 7.500h9v6.500h-9zM5.500 7.500v-2.500a2.500 2.500 0 0 1 5 0v2.500" strokeWidth="1.6" />
    </svg>
  )
}
