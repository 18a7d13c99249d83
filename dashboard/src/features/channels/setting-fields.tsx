import { CHANNEL_SERVERS, type ChannelSettingName } from '@iot/contracts'
import { PasswordInput, Textarea, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ChannelFieldsProps } from './channel-dialog.js'
import { isSecret, settingsOf } from './channel-form.js'

/** Where it goes: other fields for each kind. */
export function SettingFields({ fields, channel, errors, onChange }: ChannelFieldsProps) {
  const { t } = useTranslation()
  const { kind } = fields
  const set = (name: ChannelSettingName, text: string) =>
    onChange({ settings: { ...fields.settings, [name]: text } })
  return settingsOf(kind).map((name) => {
    const common = {
      label:
        name === 'server' && (kind === 'ntfy' || kind === 'telegram')
          ? t('channels.fields.server', { server: CHANNEL_SERVERS[kind] })
          : t(`channels.fields.${name}`, { server: '' }),
      value: fields.settings[name] ?? '',
      error: errors[`settings.${name}`],
      autoComplete: 'off',
      spellCheck: false,
    }
    if (name === 'to') {
      return (
        <Textarea
          key={name}
          {...common}
          description={t('channels.fields.toHint')}
          rows={3}
          onChange={(event) => set(name, event.currentTarget.value)}
        />
      )
    }
    if (isSecret(kind, name)) {
      const kept = channel?.settings[name] !== undefined
      return (
        <PasswordInput
          key={name}
          {...common}
          autoComplete="new-password"
          description={
            kept
              ? t('channels.fields.secretHint')
              : name === 'secret'
                ? t('channels.fields.secretNew')
                : undefined
          }
          onChange={(event) => set(name, event.currentTarget.value)}
        />
      )
    }
    return (
      <TextInput
        key={name}
        {...common}
        autoCapitalize="none"
        onChange={(event) => set(name, event.currentTarget.value)}
      />
    )
  })
}
