import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from './format.js'
import type { Freshness } from './freshness.js'
import classes from './value.module.css'

export interface ValueProps {
  /** undefined: none has ever come, which is not zero */
  value: number | undefined
  unit?: string
  freshness?: Freshness
  severity?: 'normal' | 'warning' | 'critical'
  size?: 'sm' | 'md' | 'lg'
}

/** What changes sooner than this is seen to move: flashing without end says nothing more, and paints each frame. */
const STOOD_MS = 500

/** A number with its unit in figures of one width. It flashes softly once when it changes after it has stood. */
export function Value({ value, unit, freshness = 'fresh', severity = 'normal', size = 'md' }: ValueProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const text = value === undefined ? '–' : format.value(value)
  const element = useRef<HTMLSpanElement>(null)
  const shown = useRef({ text, sinceMs: Number.NEGATIVE_INFINITY })
  useEffect(() => {
    const { text: before, sinceMs } = shown.current
    if (before === text) return
    const nowMs = performance.now()
    shown.current = { text, sinceMs: nowMs }
    if (nowMs - sinceMs >= STOOD_MS) flash(element.current)
  }, [text])
  return (
    <span
      ref={element}
      className={classes.value}
      data-freshness={freshness}
      data-severity={severity}
      data-size={size}
      {...(value === undefined && { title: t('age.unknownValue') })}
    >
      {text}
      {unit !== undefined && value !== undefined && <span className={classes.unit}> {unit}</span>}
    </span>
  )
}

/** By the animation interface, so that a change never costs a render more. */
function flash(element: HTMLElement | null): void {
  if (element === null || typeof element.animate !== 'function') return
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
  element.animate([{ backgroundColor: 'var(--flash)' }, { backgroundColor: 'transparent' }], {
    duration: 700,
    easing: 'ease-out',
  })
}
