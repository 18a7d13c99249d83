import { Tabs } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useConfig } from '../../app.js'
import { paths } from '../../paths.js'
import { CopyLine } from '../../ui/copy-line/copy-line.js'
import { brokerOf, isLoopback } from './broker.js'
import classes from './onboarding.module.css'
import { SNIPPET_KINDS, type SnippetKind, snippet } from './snippets.js'
import { useCopyTexts } from './use-copy-texts.js'

export interface SnippetTabsProps {
  readonly deviceId: string
  readonly username?: string
  readonly password?: string
}

/** Code that sends a reading to this very host and port, for whatever is at hand. */
export function SnippetTabs(target: SnippetTabsProps) {
  const { t } = useTranslation()
  const texts = useCopyTexts()
  const broker = brokerOf(useConfig(), window.location.hostname)
  const [kind, setKind] = useState<SnippetKind>('mosquitto')
  const { install, code } = snippet(kind, { ...broker, ...target })
  const needsLogin = target.username === undefined && !(kind === 'mosquitto' && isLoopback(broker.host))
  return (
    <Tabs
      value={kind}
      onChange={(next) => setKind(SNIPPET_KINDS.find((each) => each === next) ?? 'mosquitto')}
      keepMounted={false}
    >
      <Tabs.List aria-label={t('onboarding.kinds.label')}>
        {SNIPPET_KINDS.map((each) => (
          <Tabs.Tab key={each} value={each}>
            {t(`onboarding.kinds.${each}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={kind} className={classes.snippet}>
        {install !== undefined && <CopyLine text={install} label={t('onboarding.install')} texts={texts} />}
        <CopyLine text={code} label={t('onboarding.code')} texts={texts} />
        {needsLogin && (
          <p className={classes.hint}>
            {t('onboarding.credentialsNeeded')}{' '}
            <Link to={paths.addDevice()}>{t('onboarding.addDevice')}</Link>
          </p>
        )}
      </Tabs.Panel>
    </Tabs>
  )
}
