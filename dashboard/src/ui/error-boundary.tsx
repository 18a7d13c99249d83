import { Button } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Notice } from './states.js'

/** Keeps a failure inside its part of the page, and says so there. A new `key` (the page's address) tries again. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {}

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override render(): ReactNode {
    return this.state.error === undefined ? this.props.children : <Crash message={this.state.error.message} />
  }
}

function Crash({ message }: { message: string }) {
  const { t } = useTranslation()
  return (
    <Notice
      urgent
      shape="critical"
      title={t('states.crashTitle')}
      detail={
        <>
          <p>{t('states.crashDetail')}</p>
          <code>{message}</code>
        </>
      }
      action={
        <Button size="xs" variant="default" onClick={() => location.reload()}>
          {t('states.reload')}
        </Button>
      }
    />
  )
}
