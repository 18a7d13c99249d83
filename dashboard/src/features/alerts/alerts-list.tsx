import type { Alert } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useCallback, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'react-redux'
import type { RootState } from '../../store.js'
import { ActDialog } from './act-dialog.js'
import { ActOutcomeLine } from './act-outcome.js'
import { useMayAct } from './alert-words.js'
import classes from './alerts.module.css'
import { AlertsTable } from './alerts-table.js'
import type { AlertsQuestion } from './alerts-view.js'
import { SelectionBar } from './selection-bar.js'
import { useActOnAlerts } from './use-act-on-alerts.js'
import { useHeldOrder } from './use-held-order.js'
import { useSelection } from './use-selection.js'

interface AlertsListProps {
  order: readonly string[]
  question: AlertsQuestion
  /** with a heading before each site */
  grouped?: boolean
  /** alerts that are not in the store */
  known?: ReadonlyMap<string, Alert>
}

/** The list, what is chosen of it, and what can be done with that. */
export function AlertsList({ order, question, grouped = false, known }: AlertsListProps) {
  const { t } = useTranslation()
  const store = useStore<RootState>()
  const list = useRef<HTMLDivElement>(null)
  const { shown, fresh, letIn } = useHeldOrder(order, list, question)
  const mayAct = useMayAct()
  const choosing = mayAct({ type: 'threshold' }) && question.state !== 'closed'
  const find = useCallback(
    (alertId: string) => {
      const { active, closed } = store.getState().alerts
      return known?.get(alertId) ?? active.get(alertId) ?? closed.get(alertId)
    },
    [store, known],
  )
  const maySelect = (alertId: string) => {
    const alert = find(alertId)
    return alert !== undefined && alert.state !== 'closed' && mayAct(alert)
  }
  const selection = useSelection(shown, maySelect)
  const { act, busy, outcome, forget } = useActOnAlerts()
  const [asking, setAsking] = useState<{ action: 'shelve' | 'resolve'; alertIds: readonly string[] }>()

  function begin(action: 'acknowledge' | 'shelve' | 'resolve', alertIds: readonly string[]): void {
    const possible = alertIds.filter(maySelect)
    if (possible.length === 0) return
    if (action === 'acknowledge') void act(possible, action).then(selection.clear)
    else setAsking({ action, alertIds: possible })
  }
  const chosenOr = (alertId: string) => (selection.ids.size > 0 ? [...selection.ids] : [alertId])

  return (
    <>
      <div className={classes.above} data-choosing={choosing || undefined}>
        <SelectionBar
          selection={selection}
          shown={shown}
          maySelect={maySelect}
          busy={busy}
          onAct={(action) => begin(action, [...selection.ids])}
        />
        {fresh > 0 && (
          <Button size="compact-xs" className={classes.fresh!} onClick={letIn}>
            {t('alertPages.fresh', { count: fresh })}
          </Button>
        )}
        <ActOutcomeLine outcome={outcome} onClose={forget} />
      </div>
      <AlertsTable
        list={list}
        order={shown}
        grouped={grouped}
        choosing={choosing}
        find={find}
        selection={selection}
        onAct={(action, alertId) => begin(action, chosenOr(alertId))}
        onAcknowledge={(alertId) => begin('acknowledge', [alertId])}
      />
      {asking !== undefined && (
        <ActDialog
          action={asking.action}
          count={asking.alertIds.length}
          onClose={() => setAsking(undefined)}
          onAct={(terms) => {
            setAsking(undefined)
            void act(asking.alertIds, asking.action, terms).then(selection.clear)
          }}
        />
      )}
    </>
  )
}
