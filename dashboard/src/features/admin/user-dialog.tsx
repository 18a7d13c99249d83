import { ROLES, type User } from '@iot/contracts'
import { Checkbox, Modal, NativeSelect, PasswordInput, Stack, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isApiError } from '../../api/api-error.js'
import { errorText } from '../../api/error-text.js'
import { fieldErrors } from '../../api/field-errors.js'
import { useAppSelector } from '../../store.js'
import { DialogEnd } from '../../ui/dialog-end.js'
import { Form } from '../../ui/form.js'
import { selectUser } from '../session/session-slice.js'
import { useChangeUserMutation, useCreateUserMutation } from './people-api.js'
import { changeFrom, faultsOf, fieldsOf, newUserFrom, type UserFaults } from './user-form.js'

interface UserDialogProps {
  /** absent: a new one */
  user?: User
  onClose: () => void
}

export function UserDialog({ user, onClose }: UserDialogProps) {
  const { t } = useTranslation()
  const [create, creating] = useCreateUserMutation()
  const [change, changing] = useChangeUserMutation()
  const [faults, setFaults] = useState<UserFaults>({})
  const isSelf = useAppSelector((state) => selectUser(state)?.id === user?.id)
  const error = creating.error ?? changing.error
  const taken = isApiError(creating.error) && creating.error.code === 'CONFLICT'
  const errors = useFieldTexts(faults, error, taken)

  async function save(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const fields = fieldsOf(new FormData(event.currentTarget), user)
    const found = faultsOf(fields, user === undefined)
    setFaults(found)
    if (Object.keys(found).length > 0) return
    const wanted = user === undefined ? undefined : changeFrom(fields, user)
    if (user !== undefined && wanted === undefined) return onClose()
    const answer =
      user === undefined || wanted === undefined
        ? await create(newUserFrom(fields))
        : await change({ id: user.id, change: wanted })
    if (answer.error === undefined) onClose()
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={user === undefined ? t('people.add') : t('people.changeTitle', { name: user.username })}
      closeButtonProps={{ 'aria-label': t('help.close') }}
    >
      <Form onSubmit={save}>
        <Stack gap="sm">
          {user === undefined && (
            <TextInput
              name="username"
              label={t('login.username')}
              description={t('setup.usernameHint')}
              error={errors.username}
              maxLength={64}
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              data-autofocus
            />
          )}
          <PasswordInput
            name="password"
            label={user === undefined ? t('login.password') : t('people.newPassword')}
            description={user === undefined ? t('setup.passwordHint') : t('people.newPasswordHint')}
            error={errors.password}
            maxLength={256}
            autoComplete="new-password"
          />
          <NativeSelect
            name="role"
            label={t('people.role')}
            description={isSelf ? t('people.ownRole') : t('people.roleHint')}
            error={errors.role}
            defaultValue={user?.role ?? 'user'}
            disabled={isSelf}
            data={ROLES.map((role) => ({ value: role, label: t(`people.roles.${role}`) }))}
          />
          <Textarea
            name="sites"
            label={t('people.sites')}
            description={t('people.sitesHint')}
            error={errors.sites}
            defaultValue={user?.sites?.join('\n') ?? ''}
            rows={3}
          />
          {user !== undefined && !isSelf && (
            <Checkbox
              name="disabled"
              label={t('people.disable')}
              description={t('people.disableHint')}
              defaultChecked={user.disabled}
            />
          )}
          <DialogEnd
            failure={
              error !== undefined && !errors.atField
                ? t('people.failed', { reason: errorText(t, error) })
                : undefined
            }
            cancel={t('people.cancel')}
            submit={user === undefined ? t('people.add') : t('people.save')}
            busy={creating.isLoading || changing.isLoading}
            onCancel={onClose}
          />
        </Stack>
      </Form>
    </Modal>
  )
}

interface FieldTexts {
  username?: string
  password?: string
  role?: string
  sites?: string
  /** the server's error is told at its field */
  atField: boolean
}

/** What is wrong, at the field where it is: found here, or said by the server. */
function useFieldTexts(
  faults: UserFaults,
  error: Parameters<typeof fieldErrors>[0],
  taken: boolean,
): FieldTexts {
  const { t } = useTranslation()
  const said: Record<string, string> = {
    ...fieldErrors(error, t),
    ...(taken && { username: t('people.taken') }),
  }
  const known = ['username', 'password', 'role', 'sites'] as const
  const texts = known.flatMap((field) => {
    const fault = field === 'role' ? undefined : faults[field]
    const text = fault === undefined ? said[field] : t(`people.faults.${fault}`)
    return text === undefined ? [] : [[field, text] as const]
  })
  return { ...Object.fromEntries(texts), atField: known.some((field) => said[field] !== undefined) }
}
