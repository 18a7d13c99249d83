import { type RefObject, useCallback, useRef, useState } from 'react'
import { useBusy } from '../devices/use-settled-order.js'

export interface HeldOrder {
  readonly shown: readonly string[]
  /** how many wait until the reader lets them in */
  readonly fresh: number
  readonly letIn: () => void
}

/**
 * The order as it was when the list could last change: while the pointer is over it or the focus in it nothing comes
 * in, goes or moves. Another question is another list at once.
 */
export function useHeldOrder(
  wanted: readonly string[],
  list: RefObject<HTMLElement | null>,
  question: unknown,
): HeldOrder {
  const busy = useBusy(list)
  const [, render] = useState({})
  const held = useRef({ order: wanted, question })
  if (!busy || held.current.order.length === 0 || held.current.question !== question)
    held.current = { order: wanted, question }
  const { order } = held.current
  const latest = useRef(wanted)
  latest.current = wanted
  const letIn = useCallback(() => {
    held.current = { ...held.current, order: latest.current }
    render({})
  }, [])
  return { shown: order, fresh: order === wanted ? 0 : countFresh(order, wanted), letIn }
}

export function countFresh(shown: readonly string[], wanted: readonly string[]): number {
  const known = new Set(shown)
  return wanted.reduce((fresh, id) => (known.has(id) ? fresh : fresh + 1), 0)
}
