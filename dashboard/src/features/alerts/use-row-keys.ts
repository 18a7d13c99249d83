import { type KeyboardEvent, type RefObject, useEffect } from 'react'
import { isTyping } from '../frame/use-shortcuts.js'
import type { AlertTableRow } from './alert-order.js'

interface RowKeysDeps {
  readonly list: RefObject<HTMLElement | null>
  readonly rows: readonly AlertTableRow[]
  /** brings a row into view */
  readonly show: (at: number) => void
  readonly onSelect: (alertId: string) => void
  readonly onAct: (action: 'acknowledge' | 'shelve', alertId: string) => void
}

/** Arrows move from alert to alert; x, a and s are about the one that has the focus. */
export function useRowKeys({ list, rows, show, onSelect, onAct }: RowKeysDeps) {
  function focusRow(from: number, step: number): void {
    let at = from + step
    while (rows[at]?.kind === 'site') at += step
    if (rows[at] === undefined) return
    const focus = () =>
      list.current?.querySelector<HTMLElement>(`[data-index="${at}"] a`)?.focus({ preventScroll: true })
    show(at)
    // At once where the row is there: the next key may be on its way already.
    focus()
    requestAnimationFrame(focus)
  }
  useFirstArrow(list, () => focusRow(-1, 1))

  return (event: KeyboardEvent): void => {
    const element = (event.target as HTMLElement).closest<HTMLElement>('[data-index]')
    const at = Number(element?.dataset.index ?? -1)
    const row = rows[at]
    if (row?.kind !== 'alert' || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'ArrowDown') focusRow(at, 1)
    else if (event.key === 'ArrowUp') focusRow(at, -1)
    else if (event.key === 'x') onSelect(row.alertId)
    else if (event.key === 'a') onAct('acknowledge', row.alertId)
    else if (event.key === 's') onAct('shelve', row.alertId)
    else return
    event.preventDefault()
  }
}

/** An arrow with the focus nowhere enters the list. */
function useFirstArrow(list: RefObject<HTMLElement | null>, enter: () => void): void {
  useEffect(() => {
    function onKey(event: globalThis.KeyboardEvent): void {
      if (event.key !== 'ArrowDown' || event.defaultPrevented || isTyping(event.target)) return
      const { activeElement } = document
      if (activeElement !== document.body && activeElement?.id !== 'content') return
      if (list.current === null) return
      event.preventDefault()
      enter()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
}
