import { useTranslation } from 'react-i18next'
import { SnippetTabs } from '../onboarding/snippet-tabs.js'
import classes from './device.module.css'

/** A device that has never sent: how it does, in place of charts of nothing. */
export function NeverSent({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation()
  return (
    <section className={classes.panel}>
      <h2 className={classes.panelTitle}>{t('device.never.title')}</h2>
      <p className={classes.muted}>{t('device.never.detail')}</p>
      <SnippetTabs deviceId={deviceId} />
    </section>
  )
}
