import type { Device, DeviceChange } from '@iot/contracts'
import { Modal, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../api/error-text.js'
import { DialogEnd } from '../../ui/dialog-end.js'
import { Form } from '../../ui/form.js'
import { useChangeDeviceMutation } from './device-api.js'

const MAX_TAGS = 16

/** What a form's fields say; an empty place takes the place away. */
export function changeFrom(form: FormData): DeviceChange {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const tags = text('tags')
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
  return {
    name: text('name'),
    site: text('site') || null,
    location: text('location') || null,
    tags: [...new Set(tags)].slice(0, MAX_TAGS),
  }
}

export function ChangeDeviceDialog({ device, onClose }: { device: Device; onClose: () => void }) {
  const { t } = useTranslation()
  const [change, { isLoading, error }] = useChangeDeviceMutation()
  const [nameless, setNameless] = useState(false)

  async function save(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const wanted = changeFrom(new FormData(event.currentTarget))
    setNameless(wanted.name === '')
    if (wanted.name === '') return
    const answer = await change({ deviceId: device.deviceId, change: wanted })
    if (answer.data === undefined) return
    onClose()
  }

  return (
    <Modal opened onClose={onClose} title={t('device.change.title')}>
      <Form onSubmit={save}>
        <Stack gap="sm">
          <TextInput
            name="name"
            label={t('device.details.name')}
            defaultValue={device.name}
            maxLength={128}
            data-autofocus
            error={nameless && t('device.change.nameNeeded')}
          />
          <TextInput name="site" label={t('device.details.site')} defaultValue={device.site} maxLength={64} />
          <TextInput
            name="location"
            label={t('device.details.location')}
            defaultValue={device.location}
            maxLength={256}
          />
          <TextInput
            name="tags"
            label={t('device.details.tags')}
            description={t('device.change.tagsHint')}
            defaultValue={device.tags.join(', ')}
          />
          <DialogEnd
            failure={
              error !== undefined ? t('device.change.failed', { reason: errorText(t, error) }) : undefined
            }
            cancel={t('device.change.cancel')}
            submit={t('device.change.save')}
            busy={isLoading}
            onCancel={onClose}
          />
        </Stack>
      </Form>
    </Modal>
  )
}
