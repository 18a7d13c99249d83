import type { Device } from '@iot/contracts'
import { Modal, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { errorText } from '../../api/error-text.js'
import { paths } from '../../paths.js'
import { useAppDispatch } from '../../store.js'
import { DialogEnd } from '../../ui/dialog-end.js'
import { deviceRemoved } from '../devices/devices-slice.js'
import { useRemoveDeviceMutation } from './device-api.js'

/** Deleting takes the past along, so it asks for the device's id, not for a second click. */
export function RemoveDeviceDialog({ device, onClose }: { device: Device; onClose: () => void }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const dispatch = useAppDispatch()
  const [remove, { isLoading, error }] = useRemoveDeviceMutation()
  const [typed, setTyped] = useState('')
  const { deviceId, name } = device

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    if (typed !== deviceId) return
    const answer = await remove(deviceId)
    if (answer.error !== undefined) return
    dispatch(deviceRemoved({ deviceId }))
    await navigate(paths.devices())
  }

  return (
    <Modal opened onClose={onClose} title={t('device.removal.title', { name })}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">{t('device.removal.detail')}</Text>
          <TextInput
            label={t('device.removal.confirm', { id: deviceId })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            data-autofocus
          />
          <DialogEnd
            failure={
              error !== undefined ? t('device.removal.failed', { reason: errorText(t, error) }) : undefined
            }
            cancel={t('device.removal.cancel')}
            submit={t('device.removal.submit')}
            busy={isLoading}
            isDangerous
            disabled={typed !== deviceId}
            onCancel={onClose}
          />
        </Stack>
      </form>
    </Modal>
  )
}
