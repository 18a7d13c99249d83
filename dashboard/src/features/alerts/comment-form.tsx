import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './alert-page.module.css'

const MOST_LETTERS = 1_000

/** A word to those who come after; Ctrl and Enter send it. What failed to go stays in the field. */
export function CommentForm({ onComment }: { onComment: (comment: string) => Promise<boolean> }) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string>()
  const [busy, setBusy] = useState(false)
  async function send(): Promise<void> {
    const comment = text.trim()
    if (comment === '') {
      setFault(t('alertPages.commentEmpty'))
      return
    }
    setBusy(true)
    const sent = await onComment(comment)
    setBusy(false)
    if (sent) setText('')
  }
  return (
    <form
      className={classes.commentForm}
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <Textarea
        label={t('alertPages.comment')}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={MOST_LETTERS}
        value={text}
        error={fault}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setFault(undefined)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send()
        }}
      />
      <Button type="submit" size="xs" variant="default" loading={busy}>
        {t('alertPages.acts.comment')}
      </Button>
    </form>
  )
}
