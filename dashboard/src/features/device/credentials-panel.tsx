import type { Credential, CredentialKind } from '@iot/contracts'
import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isApiError } from '../../api/api-error.js'
import { errorText } from '../../api/error-text.js'
import { useFormat } from '../../ui/format.js'
import { ErrorState, LoadingState } from '../../ui/states.js'
import { ConfirmDialog } from '../frame/confirm-dialog.js'
import { NewCredential } from '../onboarding/new-credential.js'
import classes from './device.module.css'
import {
  useCreateCredentialMutation,
  useCredentialsQuery,
  useRevokeCredentialMutation,
} from './device-api.js'

/** What the device may log in with: made here, shown once, taken back here. */
export function CredentialsPanel({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation()
  const { data, error, refetch } = useCredentialsQuery(deviceId)
  const [create, creating] = useCreateCredentialMutation()
  const [kind, setKind] = useState<CredentialKind>('device')
  const [made, setMade] = useState<Credential>()
  const [revoking, setRevoking] = useState<Credential>()

  async function make(): Promise<void> {
    const answer = await create({ deviceId, kind })
    if (answer.data === undefined) return
    setMade(answer.data)
    // The password must not stay in the store once it is on the screen.
    creating.reset()
  }

  if (isApiError(error)) return <ErrorState error={error} onRetry={refetch} />
  if (data === undefined) return <LoadingState heightPx={120} rows={3} />
  return (
    <Stack gap="sm">
      <p className={classes.muted}>{t('device.credential.intro')}</p>
      {made !== undefined && <NewCredential credential={made} onDone={() => setMade(undefined)} />}
      {data.items.length === 0 ? (
        <p className={classes.muted}>{t('device.credential.empty')}</p>
      ) : (
        <CredentialList items={data.items} onRevoke={setRevoking} />
      )}
      <Group gap="xs" align="end">
        <NativeSelect
          size="xs"
          label={t('device.credential.kind')}
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value === 'gateway' ? 'gateway' : 'device')}
          data={(['device', 'gateway'] as const).map((value) => ({
            value,
            label: t(`device.credential.kinds.${value}`),
          }))}
        />
        <Button size="xs" variant="default" loading={creating.isLoading} onClick={make}>
          {t('device.credential.create')}
        </Button>
        <Text size="xs" className={classes.muted}>
          {t(`device.credential.kindHint.${kind}`)}
        </Text>
      </Group>
      {creating.error !== undefined && <Text role="alert">{errorText(t, creating.error)}</Text>}
      {revoking !== undefined && (
        <RevokeDialog credential={revoking} onClose={() => setRevoking(undefined)} />
      )}
    </Stack>
  )
}

interface CredentialListProps {
  readonly items: readonly Credential[]
  readonly onRevoke: (credential: Credential) => void
}

function CredentialList({ items, onRevoke }: CredentialListProps) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <table className={classes.list}>
      <thead>
        <tr>
          <th scope="col">{t('device.credential.username')}</th>
          <th scope="col">{t('device.credential.kind')}</th>
          <th scope="col">{t('device.credential.created')}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {items.map((credential) => (
          <tr key={credential.id}>
            <td className={classes.mono}>{credential.username}</td>
            <td>{t(`device.credential.kinds.${credential.kind}`)}</td>
            <td title={format.absolute(Date.parse(credential.createdAt))}>
              {format.time(Date.parse(credential.createdAt))}
            </td>
            <td className={classes.end}>
              <Button
                size="compact-xs"
                variant="default"
                aria-label={`${t('device.credential.revoke')} ${credential.username}`}
                onClick={() => onRevoke(credential)}
              >
                {t('device.credential.revoke')}
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function RevokeDialog({ credential, onClose }: { credential: Credential; onClose: () => void }) {
  const { t } = useTranslation()
  const [revoke] = useRevokeCredentialMutation()
  const { deviceId, id, username } = credential
  return (
    <ConfirmDialog
      title={t('device.credential.revokeTitle', { username })}
      detail={t('device.credential.revokeDetail')}
      submit={t('device.credential.revoke')}
      run={() => revoke({ deviceId, id })}
      onClose={onClose}
    />
  )
}
