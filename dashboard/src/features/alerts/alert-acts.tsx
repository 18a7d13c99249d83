import type { Alert } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isTyping } from '../frame/use-shortcuts.js'
import { ActDialog } from './act-dialog.js'
import classes from './alert-page.module.css'
import type { AlertAct } from './alerts-api.js'
import type { ActTerms } from './use-act-on-alerts.js'

interface AlertActsProps {
  alert: Alert
  busy: boolean
  onAct: (action: AlertAct, terms?: ActTerms) => void
}

/** What can be done with an alert as it is now; by the same keys as in the list. */
export function AlertActs({ alert, busy, onAct }: AlertActsProps) {
  const { t } = useTranslation()
  const [asking, setAsking] = useState<'shelve' | 'resolve'>()
  const free = !busy && asking === undefined
  useKeys({
    a: () => free && alert.state !== 'acknowledged' && onAct('acknowledge'),
    s: () => free && setAsking('shelve'),
  })
  return (
    <div className={classes.acts}>
      {alert.state !== 'acknowledged' && (
        <Button size="xs" loading={busy} onClick={() => onAct('acknowledge')}>
          {t('alertPages.acts.acknowledge')}
        </Button>
      )}
      <Button size="xs" variant="default" disabled={busy} onClick={() => setAsking('shelve')}>
        {t('alertPages.acts.shelve')}…
      </Button>
      {alert.state === 'shelved' && (
        <Button size="xs" variant="default" disabled={busy} onClick={() => onAct('unshelve')}>
          {t('alertPages.acts.unshelve')}
        </Button>
      )}
      <Button size="xs" variant="default" disabled={busy} onClick={() => setAsking('resolve')}>
        {t('alertPages.acts.resolve')}…
      </Button>
      {asking !== undefined && (
        <ActDialog
          action={asking}
          count={1}
          onClose={() => setAsking(undefined)}
          onAct={(terms) => {
            setAsking(undefined)
            onAct(asking, terms)
          }}
        />
      )}
    </div>
  )
}

function useKeys(keys: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (!isTyping(event.target)) keys[event.key]?.()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
}
