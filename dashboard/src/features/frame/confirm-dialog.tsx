import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import type { SerializedError } from '@reduxjs/toolkit'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiError } from '../../api/api-error.js'
import { errorText } from '../../api/error-text.js'

interface ConfirmDialogProps {
  title: string
  detail: string
  submit: string
  /** what is confirmed; its error keeps the dialog open */
  run: () => Promise<{ error?: ApiError | SerializedError }>
  onClose: () => void
}

/** Asks once before what can't be taken back. */
export function ConfirmDialog({ title, detail, submit, run, onClose }: ConfirmDialogProps) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError | SerializedError>()
  async function confirm(): Promise<void> {
    setBusy(true)
    const answer = await run()
    setBusy(false)
    setError(answer.error)
    if (answer.error === undefined) onClose()
  }
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('help.close') }}>
      <Stack gap="sm">
        <Text size="sm">{detail}</Text>
        {error !== undefined && (
          <Text size="sm" role="alert">
            {errorText(t, error)}
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('people.cancel')}
          </Button>
          <Button color="red" loading={busy} onClick={() => void confirm()}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
