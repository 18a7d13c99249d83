import type { AlertRuleRequest, PreviewAnswer } from '@iot/contracts'
import type { ApiError } from '../../api/api-error.js'
import type { Transport } from '../../api/transport.js'

export interface Preview {
  /** of the newest question that was answered: it stays while the next one is on its way */
  readonly answer?: PreviewAnswer
  readonly error?: ApiError
  readonly asking: boolean
  /** the span that `answer` is about */
  readonly fromMs: number
  readonly toMs: number
}

export const NO_PREVIEW: Preview = { asking: false, fromMs: 0, toMs: 0 }

export interface PreviewerDeps {
  readonly request: Transport['request']
  readonly nowMs: () => number
  /** how long a rule must have stood still */
  readonly afterMs: number
  readonly onPreview: (preview: Preview) => void
}

export interface Previewer {
  /** Asks once the rule has stood still for a moment, and gives up the question before. Undefined: nothing to ask yet. */
  ask(rule: AlertRuleRequest | undefined, spanMs: number): void
  close(): void
}

/** What the past says to a rule while it is being written: the last question wins, whatever order answers come in. */
export function createPreviewer({ request, nowMs, afterMs, onPreview }: PreviewerDeps): Previewer {
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | undefined
  let shown = NO_PREVIEW

  function show(preview: Preview): void {
    shown = preview
    onPreview(preview)
  }

  function giveUp(): void {
    clearTimeout(timer)
    asking?.abort()
  }

  async function send(rule: AlertRuleRequest, spanMs: number, { signal }: AbortController): Promise<void> {
    const toMs = nowMs()
    const fromMs = toMs - spanMs
    const { data, error } = await request<PreviewAnswer>({
      path: '/alert-rules/preview',
      method: 'POST',
      body: { rule, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() },
      signal,
    })
    if (signal.aborted) return
    show({ ...(error === undefined ? { answer: data } : { error }), asking: false, fromMs, toMs })
  }

  return {
    ask(rule, spanMs) {
      giveUp()
      if (rule === undefined) return show(NO_PREVIEW)
      show({ ...shown, asking: true })
      const question = new AbortController()
      asking = question
      timer = setTimeout(() => void send(rule, spanMs, question), afterMs)
    },
    close: giveUp,
  }
}
