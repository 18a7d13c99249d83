import type { AlertRuleRequest, PreviewAnswer } from '@iot/contracts'
import { useEffect, useState } from 'react'
import type { ApiError } from '../../api/api-error.js'
import { useTransport } from '../../api/use-transport.js'

export interface Preview {
  /** of the newest question that was answered: it stays while the next one is on its way */
  readonly answer?: PreviewAnswer
  readonly error?: ApiError
  readonly asking: boolean
  /** the span that `answer` is about */
  readonly fromMs: number
  readonly toMs: number
}

/** Whoever types gets an answer when they pause, not one for each letter. */
export const PREVIEW_AFTER_MS = 400

const NOTHING: Preview = { asking: false, fromMs: 0, toMs: 0 }

/**
 * What the past says to a rule: asked once it has stood still for a moment, the question before is given up, and the
 * last one wins. Undefined rule: there is nothing to ask yet.
 */
export function usePreview(rule: AlertRuleRequest | undefined, spanMs: number): Preview {
  const transport = useTransport()
  const [preview, setPreview] = useState(NOTHING)
  // What is asked by its words: a rule of the same words is the same question.
  const question = rule === undefined ? undefined : JSON.stringify(rule)
  useEffect(() => {
    if (question === undefined) return setPreview(NOTHING)
    const asking = new AbortController()
    setPreview((before) => ({ ...before, asking: true }))
    const timer = setTimeout(() => void ask(), PREVIEW_AFTER_MS)
    async function ask(): Promise<void> {
      const toMs = Date.now()
      const fromMs = toMs - spanMs
      const result = await transport.request<PreviewAnswer>({
        path: '/alert-rules/preview',
        method: 'POST',
        body: {
          rule: JSON.parse(question!) as AlertRuleRequest,
          from: new Date(fromMs).toISOString(),
          to: new Date(toMs).toISOString(),
        },
        signal: asking.signal,
      })
      if (asking.signal.aborted) return
      setPreview(
        result.error === undefined
          ? { answer: result.data, asking: false, fromMs, toMs }
          : { error: result.error, asking: false, fromMs, toMs },
      )
    }
    return () => {
      clearTimeout(timer)
      asking.abort()
    }
  }, [question, spanMs, transport])
  return preview
}
