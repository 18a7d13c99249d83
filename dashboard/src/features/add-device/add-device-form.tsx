import type { CredentialKind } from '@iot/contracts'
import { Button, Radio, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../api/error-text.js'
import { Form } from '../../ui/form.js'
import { useCreateCredentialMutation, useCreateDeviceMutation } from '../device/device-api.js'
import classes from '../onboarding/onboarding.module.css'
import type { Added } from './add-device-page.js'
import { isUsableDeviceId, newDeviceFrom } from './new-device.js'

export interface AddDeviceFormProps {
  readonly headingId: string
  readonly onAdded: (added: Added) => void
}

export function AddDeviceForm({ headingId, onAdded }: AddDeviceFormProps) {
  const { t } = useTranslation()
  const [createDevice, creating] = useCreateDeviceMutation()
  const [createCredential, crediting] = useCreateCredentialMutation()
  const [kind, setKind] = useState<CredentialKind>('device')
  const [idBad, setIdBad] = useState(false)

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const wanted = newDeviceFrom(new FormData(event.currentTarget))
    setIdBad(!isUsableDeviceId(wanted.deviceId))
    if (!isUsableDeviceId(wanted.deviceId)) return
    const device = await createDevice(wanted)
    if (device.data === undefined) return
    const credential = await createCredential({ deviceId: wanted.deviceId, kind })
    // The password must not stay in the store once it is on the screen.
    crediting.reset()
    onAdded({
      device: device.data,
      kind,
      ...(credential.data !== undefined && { credential: credential.data }),
      ...(credential.error !== undefined && { reason: errorText(t, credential.error) }),
    })
  }

  const { error } = creating
  const exists = error !== undefined && 'code' in error && error.code === 'CONFLICT'
  return (
    <Form onSubmit={submit}>
      <Stack gap="sm">
        <h1 id={headingId} className={classes.title}>
          {t('addDevice.title')}
        </h1>
        <p className={classes.hint}>{t('addDevice.intro')}</p>
        <TextInput
          name="deviceId"
          label={t('addDevice.id')}
          description={t('addDevice.idHint')}
          error={idBad ? t('addDevice.idBad') : exists && t('addDevice.exists')}
          maxLength={64}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          required
        />
        <TextInput
          name="name"
          label={t('addDevice.name')}
          description={t('addDevice.nameHint')}
          maxLength={128}
        />
        <TextInput
          name="site"
          label={t('addDevice.site')}
          description={t('addDevice.siteHint')}
          maxLength={64}
        />
        <TextInput
          name="location"
          label={t('addDevice.location')}
          description={t('addDevice.locationHint')}
          maxLength={256}
        />
        <Radio.Group
          label={t('addDevice.kind')}
          value={kind}
          onChange={(next) => setKind(next === 'gateway' ? 'gateway' : 'device')}
        >
          <Stack gap={6} mt={6}>
            <Radio value="device" label={t('addDevice.kindDevice')} />
            <Radio value="gateway" label={t('addDevice.kindGateway')} />
          </Stack>
        </Radio.Group>
        {error !== undefined && !exists && (
          <Text size="sm" role="alert">
            {t('addDevice.failed', { reason: errorText(t, error) })}
          </Text>
        )}
        <Button type="submit" loading={creating.isLoading || crediting.isLoading}>
          {t('addDevice.submit')}
        </Button>
      </Stack>
    </Form>
  )
}
