import { Button, Group, Modal, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ActTerms } from './use-act-on-alerts.js'

const CHOICES = ['1h', '8h', '1d', 'until'] as const
type Choice = (typeof CHOICES)[number]
const LONGEST_MS = 30 * 86_400_000
const MINUTE_MS = 60_000
const MOST_LETTERS = 1_000

interface ActDialogProps {
  action: 'shelve' | 'resolve'
  count: number
  onAct: (terms: ActTerms) => void
  onClose: () => void
}

/** Asks for what shelving or resolving needs: until when, and a word to those who come after. */
export function ActDialog({ action, count, onAct, onClose }: ActDialogProps) {
  const { t } = useTranslation()
  const [comment, setComment] = useState('')
  const [choice, setChoice] = useState<Choice>('1h')
  const [until, setUntil] = useState(() => localMinute(Date.now() + 3_600_000))
  const [fault, setFault] = useState<string>()
  function submit(): void {
    const duration = action === 'shelve' ? durationOf(choice, until, Date.now()) : undefined
    if (action === 'shelve' && duration === undefined) {
      setFault(t('alertPages.untilPast'))
      return
    }
    const said = comment.trim()
    onAct({ ...(duration !== undefined && { for: duration }), ...(said !== '' && { comment: said }) })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(`alertPages.${action}Title`, { count })}
      closeButtonProps={{ 'aria-label': t('help.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Stack gap="sm">
          <Text size="sm">{t(`alertPages.${action}Detail`)}</Text>
          {action === 'shelve' && (
            <>
              <SegmentedControl
                fullWidth
                size="xs"
                data-autofocus
                aria-label={t('alertPages.shelveFor')}
                value={choice}
                data={CHOICES.map((each) => ({ value: each, label: t(`alertPages.durations.${each}`) }))}
                onChange={(chosen) => setChoice(CHOICES.find((each) => each === chosen) ?? '1h')}
              />
              {choice === 'until' && (
                <TextInput
                  type="datetime-local"
                  label={t('alertPages.until')}
                  value={until}
                  error={fault}
                  onChange={(event) => setUntil(event.currentTarget.value)}
                />
              )}
            </>
          )}
          <Textarea
            label={t('alertPages.commentOptional')}
            maxLength={MOST_LETTERS}
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('alertPages.acts.cancel')}
            </Button>
            <Button type="submit">{t(`alertPages.acts.${action}`)}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** As the server takes it: `8h`, or the minutes until a time of the viewer’s clock. Undefined: no time to come. */
export function durationOf(choice: Choice, until: string, nowMs: number): string | undefined {
  if (choice !== 'until') return choice
  const leftMs = Date.parse(until) - nowMs
  return leftMs > 0 && leftMs <= LONGEST_MS ? `${Math.ceil(leftMs / MINUTE_MS)}m` : undefined
}

/** As a field of the viewer’s own clock wants it. */
function localMinute(atMs: number): string {
  const shifted = new Date(atMs - new Date(atMs).getTimezoneOffset() * MINUTE_MS)
  return shifted.toISOString().slice(0, 16)
}
