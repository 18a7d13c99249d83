import { Modal } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import classes from './shortcut-help.module.css'

const SHORTCUTS = [
  [['/'], 'help.search'],
  [['Ctrl', 'K'], 'help.palette'],
  [['p'], 'help.pause'],
  [['[', ']'], 'help.range'],
  [['↑', '↓'], 'help.arrows'],
  [['Enter'], 'help.open'],
  [['x'], 'alerts.keySelect'],
  [['a'], 'alerts.keyAcknowledge'],
  [['s'], 'alerts.keyShelve'],
  [['?'], 'help.help'],
  [['Esc'], 'help.close'],
] as const

export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('help.title')}
      closeButtonProps={{ 'aria-label': t('help.close') }}
    >
      <dl className={classes.list}>
        {SHORTCUTS.map(([keys, label]) => (
          <div key={label}>
            <dt>{t(label)}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
