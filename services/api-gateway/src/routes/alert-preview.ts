import { PreviewAnswer, PreviewRequest } from '@iot/contracts'
import { ruleFaults } from '@iot/domain'
import type { Clock, DeviceStore, ReadingStore } from '@iot/ports'
import { createPreviewDesk } from '../alerts/preview-desk.js'
import { runPreview } from '../alerts/run-preview.js'
import { requireScope } from '../alerts/scope.js'
import { refuseFaults } from '../invalid-fields.js'
import { invalid, readTime } from '../read-range.js'
import { type Route, route } from '../route.js'

interface PreviewDeps {
  readonly devices: Pick<DeviceStore, 'get' | 'list'>
  readonly readings: Pick<ReadingStore, 'read'>
  readonly clock: Clock
}

const LONGEST_MS = 90 * 86_400_000

export function alertPreviewRoutes(deps: PreviewDeps): Route[] {
  const desk = createPreviewDesk()
  return [
    route(
      {
        method: 'POST',
        path: '/api/alert-rules/preview',
        summary:
          'When a rule would have been open, by the stored readings of its devices, those of the caller’s sites. Up to ' +
          '90 days, 200 devices and 500 000 readings; a newer preview of a user ends the one before',
        tag: 'alerts',
        access: 'operator',
        body: PreviewRequest,
        status: 200,
        answer: PreviewAnswer,
        errors: ['STATE_CONFLICT'],
      },
      async ({ body: { rule, from, to }, caller, gone }) => {
        const range = readRange(from, to, deps.clock.nowMs())
        refuseFaults(ruleFaults(rule))
        const isAboutAll = rule.deviceId === undefined && rule.site === undefined
        if (!isAboutAll) await requireScope(deps.devices, rule, caller)
        const answer = await desk.run(caller.userId, gone(), (signal) =>
          runPreview(deps, { rule, ...range, sites: caller.sites, signal }),
        )
        return { body: answer }
      },
    ),
  ]
}

/** What is to come is no history. */
function readRange(from: string, to: string, nowMs: number): { fromMs: number; toMs: number } {
  const fromMs = readTime('from', from)!
  const toMs = Math.min(readTime('to', to)!, nowMs)
  if (fromMs >= toMs) throw invalid('from', 'must be before to, and before now')
  if (toMs - fromMs > LONGEST_MS) throw invalid('from', 'must be at most 90 days before to')
  return { fromMs, toMs }
}
