import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './age.module.css'
import { useFormat } from './format.js'
import type { Freshness } from './freshness.js'
import { type ShapeKind, StatusShape } from './status-shape.js'
import { useNow } from './use-now.js'

const SHAPES: Record<Exclude<Freshness, 'fresh'>, ShapeKind> = {
  stale: 'stale',
  offline: 'offline',
  never: 'unknown',
  maintenance: 'maintenance',
}

export interface AgeProps {
  /** ms since 1970; undefined: never */
  atMs: number | undefined
  freshness?: Freshness
  /** say the look in words too, not only by its shape */
  worded?: boolean
}

/** How old a value is, counting by itself, with the absolute time on hover. */
export function Age({ atMs, freshness = 'fresh', worded = false }: AgeProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useNow()
  const atSecond = atMs === undefined ? undefined : Math.floor(atMs / 1_000)
  // To the second, for it is written anew at each reading otherwise.
  const moment = useMemo(
    () => (atSecond === undefined ? undefined : format.absolute(atSecond * 1_000)),
    [atSecond, format],
  )
  const word = freshness === 'fresh' ? undefined : t(`age.${freshness}`)
  if (atMs === undefined) {
    return (
      <span className={classes.age} data-freshness={freshness}>
        {freshness !== 'fresh' && <StatusShape kind={SHAPES[freshness]} />}
        {word ?? t('age.never')}
      </span>
    )
  }
  const agoMs = nowMs - atMs
  const age = agoMs < 1_500 ? t('age.now') : format.duration(agoMs)
  return (
    <time
      className={classes.age}
      data-freshness={freshness}
      dateTime={new Date(atMs).toISOString()}
      title={moment}
    >
      {freshness !== 'fresh' && (
        <StatusShape kind={SHAPES[freshness]} {...(worded || word === undefined ? {} : { label: word })} />
      )}
      {worded && word !== undefined ? `${word} · ${age}` : age}
    </time>
  )
}
