import type { Alert } from '@iot/contracts'

/** What is told in the corner just now, oldest first, and how many more there would be. */
export interface ToastsState {
  readonly shown: readonly Alert[]
  readonly more: number
}

export const NO_TOASTS: ToastsState = { shown: [], more: 0 }

/** More at once would hide the page; the list has them all. */
const MOST_TOASTS = 3

/** Adds what opened, a critical one before a warning, and lets go what is over or somebody has taken. */
export function withToasts(
  toasts: ToastsState,
  { opened, active }: { opened: readonly Alert[]; active: ReadonlyMap<string, Alert> },
): ToastsState {
  const shown = toasts.shown.filter(({ alertId }) => active.get(alertId)?.state === 'open')
  let { more } = toasts
  for (const alert of opened) {
    if (shown.length < MOST_TOASTS) {
      shown.push(alert)
      continue
    }
    more += 1
    const weaker = shown.findIndex(({ severity }) => severity === 'warning')
    if (alert.severity !== 'critical' || weaker === -1) continue
    shown.splice(weaker, 1)
    shown.push(alert)
  }
  const unchanged = more === toasts.more && shown.length === toasts.shown.length && opened.length === 0
  return unchanged ? toasts : { shown, more: shown.length === 0 ? 0 : more }
}

/** Without an id: the line that stands for the rest. */
export function withoutToast(toasts: ToastsState, alertId: string | undefined): ToastsState {
  if (alertId === undefined) return { ...toasts, more: 0 }
  const shown = toasts.shown.filter((each) => each.alertId !== alertId)
  return { shown, more: shown.length === 0 ? 0 : toasts.more }
}
