import { Button, Checkbox } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import classes from './alerts.module.css'
import type { Selection } from './use-selection.js'

interface SelectionBarProps {
  selection: Selection
  shown: readonly string[]
  maySelect: (alertId: string) => boolean
  busy: boolean
  onAct: (action: 'acknowledge' | 'shelve' | 'resolve') => void
}

const ACTIONS = ['acknowledge', 'shelve', 'resolve'] as const

/** What to do with the chosen ones; where nothing can be chosen there is nothing to do. */
export function SelectionBar({ selection, shown, maySelect, busy, onAct }: SelectionBarProps) {
  const { t } = useTranslation()
  const selectable = shown.filter(maySelect)
  const { size } = selection.ids
  if (selectable.length === 0) return null
  return (
    <div className={classes.selection}>
      <Checkbox
        size="xs"
        aria-label={t('alertPages.selectAll')}
        title={`${t('alertPages.selectAll')} · ${t('alertPages.keys')}`}
        checked={size === selectable.length}
        indeterminate={size > 0 && size < selectable.length}
        onChange={() => selection.toggleAll(selectable)}
      />
      {size === 0 ? (
        <span className={classes.keys}>{t('alertPages.keys')}</span>
      ) : (
        <>
          <span role="status">{t('alertPages.selected', { count: size })}</span>
          {ACTIONS.map((action) => (
            <Button
              key={action}
              size="compact-xs"
              variant={action === 'acknowledge' ? 'filled' : 'default'}
              loading={busy}
              onClick={() => onAct(action)}
            >
              {t(`alertPages.acts.${action}`)}
            </Button>
          ))}
          <Button size="compact-xs" variant="subtle" color="gray" onClick={selection.clear}>
            {t('alertPages.clearSelection')}
          </Button>
        </>
      )}
    </div>
  )
}
