import { type RefObject, useEffect, useRef, useState } from 'react'

/**
 * The order of a list as it was when it last could change: not while the pointer is over it or the focus in it, so
 * that nothing moves away from under a click. Members that came or went are always taken over.
 */
export function useSettledOrder(
  order: readonly string[],
  list: RefObject<HTMLElement | null>,
): readonly string[] {
  const busy = useBusy(list)
  const shown = useRef(order)
  if (!busy || !sameMembers(shown.current, order)) shown.current = order
  return shown.current
}

/** Whether the pointer is over the element or the focus in it. */
export function useBusy(list: RefObject<HTMLElement | null>): boolean {
  const [busy, setBusy] = useState(false)
  useEffect(() => {
    const element = list.current
    if (element === null) return
    const look = () => setBusy(element.matches(':hover') || element.contains(document.activeElement))
    const events = ['pointerenter', 'pointerleave', 'focusin', 'focusout'] as const
    for (const event of events) element.addEventListener(event, look)
    return () => {
      for (const event of events) element.removeEventListener(event, look)
    }
  }, [list])
  return busy
}

function sameMembers(one: readonly string[], other: readonly string[]): boolean {
  if (one === other) return true
  if (one.length !== other.length) return false
  const members = new Set(one)
  return other.every((member) => members.has(member))
}
