import { Button, Skeleton } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { problemText } from '../i18n/problem-text.js'
import classes from './states.module.css'
import { type ShapeKind, StatusShape } from './status-shape.js'

/** A skeleton of the final size, so that nothing jumps when the content comes. */
export function LoadingState({ heightPx, rows = 1 }: { heightPx: number; rows?: number }) {
  const { t } = useTranslation()
  const names = Array.from({ length: rows }, (_, row) => `row ${row}`)
  return (
    <div className={classes.loading} role="status" aria-label={t('states.loading')}>
      {names.map((name) => (
        <Skeleton key={name} height={(heightPx - (rows - 1) * 8) / rows} radius="sm" />
      ))}
    </div>
  )
}

interface NoticeProps {
  shape?: ShapeKind
  title: ReactNode
  detail?: ReactNode
  action?: ReactNode
  /** asks for attention at once (an error), or waits (a notice) */
  urgent?: boolean
  compact?: boolean
}

/** What stands where content would: a shape, what happened, what to do. */
export function Notice({ shape, title, detail, action, urgent = false, compact = false }: NoticeProps) {
  return (
    <div className={classes.notice} data-compact={compact || undefined} role={urgent ? 'alert' : 'status'}>
      <div className={classes.title}>
        {shape !== undefined && <StatusShape kind={shape} size={16} />}
        {title}
      </div>
      {detail !== undefined && <div className={classes.detail}>{detail}</div>}
      {action !== undefined && <div className={classes.action}>{action}</div>}
    </div>
  )
}

/** Nothing there: `children` says what to do next. */
export function EmptyState({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return <Notice title={title} {...(children !== undefined && { detail: children })} />
}

/** What is needed of an error to say it; `ApiError` fits. */
export interface ErrorFacts {
  status: number
  code: string
  title: string
  detail?: string
  requestId?: string
}

/** An error in words: not allowed, too much, not reached, or what the server said, with its request id. */
export function ErrorState({ error, onRetry }: { error: ErrorFacts; onRetry?: () => void }) {
  const { t } = useTranslation()
  if (error.status === 403) return <ForbiddenState />
  if (error.code === 'RANGE_TOO_LARGE') return <TooMuchState />
  const unreached = error.code === 'NETWORK'
  return (
    <Notice
      urgent
      shape="warning"
      title={unreached ? t('states.networkTitle') : t('states.errorTitle')}
      detail={
        <>
          <p>{unreached ? t('states.networkDetail') : problemText(t, error)}</p>
          {error.requestId !== undefined && (
            <p className={classes.requestId}>{t('states.requestId', { id: error.requestId })}</p>
          )}
        </>
      }
      action={
        onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {t('states.retry')}
          </Button>
        )
      }
    />
  )
}

export function ForbiddenState() {
  const { t } = useTranslation()
  return (
    <Notice shape="maintenance" title={t('states.forbiddenTitle')} detail={t('states.forbiddenDetail')} />
  )
}

function TooMuchState({ children }: { children?: ReactNode }) {
  const { t } = useTranslation()
  return <Notice title={t('states.tooMuchTitle')} detail={children ?? t('states.tooMuchDetail')} />
}

/** Stands above content that is true but not all. */
export function PartialState({ detail, onRetry }: { detail?: ReactNode; onRetry?: () => void }) {
  const { t } = useTranslation()
  return (
    <Notice
      compact
      shape="warning"
      title={t('states.partialTitle')}
      detail={detail ?? t('states.partialDetail')}
      action={
        onRetry !== undefined && (
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            {t('states.retry')}
          </Button>
        )
      }
    />
  )
}
