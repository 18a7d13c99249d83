import type { AlertRuleRequest } from '@iot/contracts'
import { useEffect, useMemo, useState } from 'react'
import { useTransport } from '../../api/use-transport.js'
import { createPreviewer, NO_PREVIEW, type Preview } from './create-previewer.js'

/** Whoever types gets an answer when they pause, not one for each letter. */
const AFTER_MS = 400

/** What the past says to a rule as it stands in the fields. */
export function usePreview(rule: AlertRuleRequest | undefined, spanMs: number): Preview {
  const { request } = useTransport()
  const [preview, setPreview] = useState(NO_PREVIEW)
  const previewer = useMemo(
    () => createPreviewer({ request, nowMs: Date.now, afterMs: AFTER_MS, onPreview: setPreview }),
    [request],
  )
  // By its words: a rule of the same words is the same question.
  const question = rule === undefined ? undefined : JSON.stringify(rule)
  useEffect(() => {
    previewer.ask(question === undefined ? undefined : (JSON.parse(question) as AlertRuleRequest), spanMs)
  }, [previewer, question, spanMs])
  useEffect(() => previewer.close, [previewer])
  return preview
}
