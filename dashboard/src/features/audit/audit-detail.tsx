import type { AuditEntry } from '@iot/contracts'
import { Modal } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { paths } from '../../paths.js'
import { useFormat } from '../../ui/format.js'
import head from '../../ui/page-head.module.css'
import classes from './audit.module.css'

/** All that is kept of one entry. */
export function AuditDetail({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { id, timestamp, actor, action, target, detail } = entry
  const to = linkOf(target)
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('audit.detail', { id })}
      closeButtonProps={{ 'aria-label': t('audit.close') }}
    >
      <dl className={classes.detail}>
        <dt>{t('audit.time')}</dt>
        <dd>{format.absolute(Date.parse(timestamp))}</dd>
        <dt>{t('audit.actor')}</dt>
        <dd>{actor ?? t('audit.system')}</dd>
        <dt>{t('audit.action')}</dt>
        <dd>
          <code>{action}</code>
        </dd>
        <dt>{t('audit.target')}</dt>
        <dd>
          {target.type} {to === undefined ? <code>{target.id}</code> : <Link to={to}>{target.id}</Link>}
        </dd>
      </dl>
      {detail === undefined ? (
        <p className={head.intro}>{t('audit.noDetail')}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <pre className={classes.json} tabIndex={0}>
          {JSON.stringify(detail, null, 2)}
        </pre>
      )}
    </Modal>
  )
}

function linkOf({ type, id }: AuditEntry['target']): string | undefined {
  if (type === 'device') return paths.device(id)
  if (type === 'rule') return paths.rule(id)
  return type === 'alert' ? paths.alert(id) : undefined
}
