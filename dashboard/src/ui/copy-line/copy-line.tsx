import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import classes from './copy-line.module.css'
import { copyText, selectContents } from './copy-text.js'

export interface CopyLineTexts {
  readonly copy: string
  readonly copied: string
  /** the clipboard was refused: the text is selected instead */
  readonly selected: string
}

export interface CopyLineProps {
  /** one line or several */
  readonly text: string
  /** what it is, for who does not see it */
  readonly label: string
  readonly texts: CopyLineTexts
}

const TOLD_MS = 2_000

/** A command or a secret to take along: the whole of it with one press. */
export function CopyLine({ text, label, texts }: CopyLineProps) {
  const code = useRef<HTMLPreElement>(null)
  const [told, setTold] = useState<'copied' | 'selected'>()
  useEffect(() => {
    if (!told) return
    const timer = setTimeout(() => setTold(undefined), TOLD_MS)
    return () => clearTimeout(timer)
  }, [told])

  async function copy(): Promise<void> {
    if (await copyText(text)) return setTold('copied')
    if (code.current) selectContents(code.current)
    setTold('selected')
  }

  return (
    <div className={classes.line}>
      {/* biome-ignore-start lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard */}
      {/* biome-ignore lint/a11y/useSemanticElements: it is text to read, not a group of fields */}
      <div role="group" aria-label={label} tabIndex={0} className={classes.code}>
        <pre ref={code} className={classes.text}>
          {text}
        </pre>
      </div>
      {/* biome-ignore-end lint/a11y/noNoninteractiveTabindex: see above */}
      <Button
        className={classes.button}
        size="compact-xs"
        variant="default"
        aria-label={`${texts.copy}: ${label}`}
        onClick={copy}
      >
        {told ? texts[told] : texts.copy}
      </Button>
      <span className={classes.told} role="status">
        {told && texts[told]}
      </span>
    </div>
  )
}
