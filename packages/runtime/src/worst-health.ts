import type { ComponentReport } from './component.js'

type Health = ComponentReport['status']

const WORST_FIRST: readonly Health[] = ['down', 'degraded', 'healthy']

/** As bad as the worst of several; of none, healthy. */
export function worstHealth(healths: readonly Health[]): Health {
  return WORST_FIRST.find((health) => healths.includes(health)) ?? 'healthy'
}
