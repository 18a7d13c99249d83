import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Logo } from '../../ui/logo.js'
import { StatusShape } from '../../ui/status-shape.js'
import classes from './session-card.module.css'

interface SessionCardProps {
  title: string
  /** what to know before filling it in, or why it failed */
  notice?: string
  failed?: boolean
  children: ReactNode
}

/** One field set, one button, the reason when it fails. */
export function SessionCard({ title, notice, failed = false, children }: SessionCardProps) {
  const { t } = useTranslation()
  return (
    <main className={classes.page}>
      <div className={classes.brand}>
        <Logo />
        {t('app.name')}
      </div>
      <section className={classes.card} aria-labelledby="session-title">
        <h1 id="session-title">{title}</h1>
        <div aria-live="polite">
          {notice !== undefined && (
            <p className={classes.notice} data-failed={failed || undefined}>
              {failed && <StatusShape kind="critical" size={14} />}
              {notice}
            </p>
          )}
        </div>
        {children}
      </section>
    </main>
  )
}
