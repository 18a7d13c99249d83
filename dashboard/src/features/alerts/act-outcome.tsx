import { useTranslation } from 'react-i18next'
import { errorText } from '../../api/error-text.js'
import { Icon } from '../../ui/icon.js'
import { StatusShape } from '../../ui/status-shape.js'
import classes from './alerts.module.css'
import type { ActOutcome } from './use-act-on-alerts.js'

/** How it went, in one line: what was done, and what somebody else had done before. */
export function ActOutcomeLine({
  outcome,
  onClose,
}: {
  outcome: ActOutcome | undefined
  onClose: () => void
}) {
  const { t } = useTranslation()
  const words = useOutcomeWords(outcome)
  return (
    <div role="status" className={classes.outcome} data-empty={words === '' || undefined}>
      {outcome !== undefined && words !== '' && (
        <>
          <StatusShape kind={isGood(outcome) ? 'online' : 'warning'} size={14} />
          <span>{words}</span>
          <button type="button" aria-label={t('help.close')} onClick={onClose}>
            <Icon name="close" size={12} />
          </button>
        </>
      )}
    </div>
  )
}

function isGood({ refused, error, pending }: ActOutcome): boolean {
  return refused === 0 && error === undefined && pending === undefined
}

function useOutcomeWords(outcome: ActOutcome | undefined): string {
  const { t } = useTranslation()
  if (outcome === undefined) return ''
  const { done, refused, reason = '', pending, error } = outcome
  if (done === 0 && refused === 1)
    return `${t('alertPages.tooLate')}: ${t('alertPages.tooLateDetail', { reason })}`
  const parts = [
    done > 0 && t('alertPages.done', { count: done }),
    refused > 0 && t('alertPages.refused', { count: refused, reason }),
    pending && t('alertPages.pending'),
    error !== undefined && `${t('alertPages.failed')}: ${errorText(t, error)}`,
  ]
  return parts.filter(Boolean).join(' · ')
}
