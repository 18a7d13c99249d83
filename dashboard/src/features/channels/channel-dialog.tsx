import { CHANNEL_KINDS, type NotificationChannel } from '@iot/contracts'
import { Modal, NativeSelect, Stack, Switch, TextInput } from '@mantine/core'
import type { TFunction } from 'i18next'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../api/error-text.js'
import { fieldErrors } from '../../api/field-errors.js'
import { DialogEnd } from '../../ui/dialog-end.js'
import { Form } from '../../ui/form.js'
import { type ChannelFields, channelFaults, fieldsOf, patchOf, requestOf } from './channel-form.js'
import { useChangeChannelMutation, useCreateChannelMutation } from './channels-api.js'
import { RouteFields } from './route-fields.js'
import { SettingFields } from './setting-fields.js'

const viewersZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

/** What the parts of the dialog get. */
export interface ChannelFieldsProps {
  readonly fields: ChannelFields
  readonly channel: NotificationChannel | undefined
  readonly errors: Readonly<Record<string, string | undefined>>
  readonly onChange: (change: Partial<ChannelFields>) => void
}

interface ChannelDialogProps {
  /** absent: a new one */
  readonly channel?: NotificationChannel
  readonly onClose: () => void
}

export function ChannelDialog({ channel, onClose }: ChannelDialogProps) {
  const { t } = useTranslation()
  const [create, creating] = useCreateChannelMutation()
  const [change, changing] = useChangeChannelMutation()
  const [fields, setFields] = useState(() => fieldsOf(channel, viewersZone()))
  const [tried, setTried] = useState(false)
  const faults = channelFaults(fields, channel)
  const error = creating.error ?? changing.error
  const said = fieldErrors(error, t)
  const errors: Record<string, string | undefined> = { ...said }
  if (tried)
    for (const [field, fault] of Object.entries(faults)) errors[field] = t(`channels.faults.${fault}`)

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault()
    setTried(true)
    if (Object.keys(faults).length > 0) return
    const answer =
      channel === undefined
        ? await create(requestOf(fields))
        : await change({ id: channel.id, change: patchOf(fields, channel) })
    if (answer.error === undefined) onClose()
  }

  const props: ChannelFieldsProps = {
    fields,
    channel,
    errors,
    onChange: (part) => setFields((before) => ({ ...before, ...part })),
  }
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={
        channel === undefined ? t('channels.addTitle') : t('channels.changeTitle', { name: channel.name })
      }
      closeButtonProps={{ 'aria-label': t('help.close') }}
    >
      <Form onSubmit={save}>
        <Stack gap="sm">
          <TextInput
            label={t('channels.fields.name')}
            value={fields.name}
            error={errors.name}
            maxLength={128}
            data-autofocus
            autoComplete="off"
            onChange={(event) => props.onChange({ name: event.currentTarget.value })}
          />
          {channel === undefined && (
            <NativeSelect
              label={t('channels.fields.kind')}
              value={fields.kind}
              error={errors.kind}
              data={CHANNEL_KINDS.map((kind) => ({ value: kind, label: t(`channels.kinds.${kind}`) }))}
              onChange={(event) =>
                props.onChange({
                  kind: CHANNEL_KINDS.find((kind) => kind === event.currentTarget.value) ?? 'webhook',
                })
              }
            />
          )}
          <SettingFields {...props} />
          <RouteFields {...props} />
          <Switch
            label={t('channels.fields.enabled')}
            checked={fields.enabled}
            onChange={(event) => props.onChange({ enabled: event.currentTarget.checked })}
          />
          <DialogEnd
            failure={
              error !== undefined && Object.keys(said).length === 0 ? failureWords(error, t) : undefined
            }
            cancel={t('channels.cancel')}
            submit={t('channels.save')}
            busy={creating.isLoading || changing.isLoading}
            onCancel={onClose}
          />
        </Stack>
      </Form>
    </Modal>
  )
}

/** Why saving failed, where no field says it. */
function failureWords(error: Parameters<typeof errorText>[1], t: TFunction): string {
  const isLate = 'code' in error && error.code === 'STATE_CONFLICT'
  return isLate ? t('channels.changedMeanwhile') : t('channels.failed', { reason: errorText(t, error) })
}
