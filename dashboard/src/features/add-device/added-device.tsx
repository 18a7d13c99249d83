import { Button, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { errorText } from '../../api/error-text.js'
import { paths } from '../../paths.js'
import { useCreateCredentialMutation } from '../device/device-api.js'
import { NewCredential } from '../onboarding/new-credential.js'
import classes from '../onboarding/onboarding.module.css'
import { SnippetTabs } from '../onboarding/snippet-tabs.js'
import type { Added } from './add-device-page.js'

export interface AddedDeviceProps {
  readonly headingId: string
  readonly added: Added
  readonly onChange: (added: Added) => void
  readonly onAnother: () => void
}

/** The device is there: its password, this once, and how it sends. */
export function AddedDevice({ headingId, added, onChange, onAnother }: AddedDeviceProps) {
  const { t } = useTranslation()
  const [createCredential, crediting] = useCreateCredentialMutation()
  const { device, kind, credential, reason } = added

  async function retry(): Promise<void> {
    const answer = await createCredential({ deviceId: device.deviceId, kind })
    crediting.reset()
    if (answer.data !== undefined) onChange({ device, kind, credential: answer.data })
    else if (answer.error !== undefined) onChange({ device, kind, reason: errorText(t, answer.error) })
  }

  return (
    <Stack gap="sm">
      <h1 id={headingId} className={classes.title}>
        {t('addDevice.doneTitle', { name: device.name })}
      </h1>
      {credential === undefined ? (
        <Group gap="xs" role="alert">
          <Text size="sm">{t('addDevice.credentialsFailed', { reason })}</Text>
          <Button size="xs" variant="default" loading={crediting.isLoading} onClick={retry}>
            {t('addDevice.retryCredentials')}
          </Button>
        </Group>
      ) : (
        <>
          <NewCredential credential={credential} withCommand={kind === 'gateway'} />
          {kind === 'device' && (
            <SnippetTabs
              deviceId={device.deviceId}
              username={credential.username}
              {...(credential.password !== undefined && { password: credential.password })}
            />
          )}
        </>
      )}
      <Group gap="xs">
        <Button component={Link} to={paths.device(device.deviceId)}>
          {t('addDevice.open')}
        </Button>
        <Button variant="default" onClick={onAnother}>
          {t('addDevice.another')}
        </Button>
      </Group>
    </Stack>
  )
}
