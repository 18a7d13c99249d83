import type { Credential } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useConfig } from '../../app.js'
import { CopyLine } from '../../ui/copy-line/copy-line.js'
import { brokerOf } from './broker.js'
import classes from './onboarding.module.css'
import { mosquittoSnippet } from './snippets.js'
import { useCopyTexts } from './use-copy-texts.js'

export interface NewCredentialProps {
  readonly credential: Credential
  /** with a line that sends with it; false where such lines stand beside it */
  readonly withCommand?: boolean
  readonly onDone?: () => void
}

/** A fresh credential: the only time its password is seen. */
export function NewCredential({ credential, withCommand = true, onDone }: NewCredentialProps) {
  const { t } = useTranslation()
  const texts = useCopyTexts()
  const { deviceId, username, password = '', kind } = credential
  const broker = brokerOf(useConfig(), window.location.hostname)
  const command = mosquittoSnippet({ ...broker, deviceId, username, password, gateway: kind === 'gateway' })
  return (
    <section className={classes.secret} aria-label={username}>
      <p className={classes.once}>{t('device.credential.once')}</p>
      <div className={classes.pair}>
        <span>{t('device.credential.username')}</span>
        <CopyLine text={username} label={t('device.credential.username')} texts={texts} />
        <span>{t('device.credential.password')}</span>
        <CopyLine text={password} label={t('device.credential.password')} texts={texts} />
      </div>
      {withCommand && <CopyLine text={command.code} label={t('onboarding.command')} texts={texts} />}
      {onDone !== undefined && (
        <Button size="xs" variant="default" onClick={onDone}>
          {t('device.credential.done')}
        </Button>
      )}
    </section>
  )
}
