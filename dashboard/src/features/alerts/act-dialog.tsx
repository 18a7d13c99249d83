import { Button, Group, Modal, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { durationOf, localMinute, SHELVE_CHOICES, type ShelveChoice } from './shelve-duration.js'
import type { ActTerms } from './use-act-on-alerts.js'

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
  const [choice, setChoice] = useState<ShelveChoice>('1h')
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
                data={SHELVE_CHOICES.map((each) => ({
                  value: each,
                  label: t(`alertPages.durations.${each}`),
                }))}
                onChange={(chosen) => setChoice(SHELVE_CHOICES.find((each) => each === chosen) ?? '1h')}
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
