import type { DeadLetter } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { isApiError } from '../../api/api-error.js'
import { Age } from '../../ui/age.js'
import head from '../../ui/page-head.module.css'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import { useTitle } from '../frame/use-title.js'
import classes from './admin.module.css'
import { useDeadLettersInfiniteQuery } from './admin-api.js'

/** What was refused, and why, whole. */
export function DeadLettersPage() {
  const { t } = useTranslation()
  const { data, error, isLoading, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useDeadLettersInfiniteQuery(undefined, { refetchOnMountOrArgChange: true })
  const letters = data?.pages.flatMap((page) => page.items) ?? []
  useTitle(t('deadLetters.title'))
  return (
    <>
      <h1 className={head.title}>{t('deadLetters.title')}</h1>
      <p className={classes.intro}>{t('deadLetters.intro')}</p>
      {isLoading && <LoadingState heightPx={280} rows={4} />}
      {isApiError(error) && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data !== undefined && letters.length === 0 && (
        <EmptyState title={t('deadLetters.empty')}>{t('deadLetters.emptyDetail')}</EmptyState>
      )}
      <ul className={classes.letters}>
        {letters.map((letter) => (
          <Letter key={letter.id} letter={letter} />
        ))}
      </ul>
      {hasNextPage && (
        <Button variant="default" size="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t('deadLetters.more')}
        </Button>
      )}
    </>
  )
}

function Letter({ letter }: { letter: DeadLetter }) {
  const { t } = useTranslation()
  const binary = letter.payload === undefined && letter.payloadBase64 !== undefined
  return (
    <li>
      <div className={classes.letterHead}>
        <code className={classes.reason}>{letter.reason}</code>
        <span>{letter.detail}</span>
        <Age atMs={Date.parse(letter.receivedAt)} />
      </div>
      <pre className={classes.payload}>{letter.payload ?? letter.payloadBase64 ?? ''}</pre>
      <div className={classes.letterFoot}>
        <span>
          {t('deadLetters.topic')} <code>{letter.topic}</code>
        </span>
        {letter.clientId !== undefined && (
          <span>
            {t('deadLetters.client')} <code>{letter.clientId}</code>
          </span>
        )}
        {binary && <span>{t('deadLetters.binary')}</span>}
        <span>{t(`deadLetters.states.${letter.state}`)}</span>
      </div>
    </li>
  )
}
