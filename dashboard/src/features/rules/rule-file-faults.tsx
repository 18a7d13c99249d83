import { useTranslation } from 'react-i18next'
import { faultText } from '../../i18n/fault-text.js'
import { Notice } from '../../ui/states.js'
import { useRuleFilesQuery } from './rules-api.js'

const POLL_MS = 15_000

/** What is wrong with rules that are kept in files; who may not know of them sees nothing. */
export function RuleFileFaults() {
  const { t } = useTranslation()
  const { data } = useRuleFilesQuery(undefined, {
    refetchOnMountOrArgChange: true,
    pollingInterval: POLL_MS,
    skipPollingIfUnfocused: true,
  })
  const wrong = data?.items.filter(({ ok }) => !ok) ?? []
  if (wrong.length === 0) return null
  return (
    <Notice
      compact
      shape="warning"
      title={t('rules.files.wrong', { count: wrong.length })}
      detail={
        <ul>
          {wrong.map(({ file, faults }) => (
            <li key={file}>
              <code>{file}</code> {faults.map((fault) => `${fault.field}: ${faultText(t, fault)}`).join('; ')}
            </li>
          ))}
        </ul>
      }
    />
  )
}
