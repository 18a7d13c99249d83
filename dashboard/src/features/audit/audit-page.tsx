import type { AuditEntry } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { DataTable, type DataTableColumn } from '../../ui/data-table/data-table.js'
import { useFormat } from '../../ui/format.js'
import head from '../../ui/page-head.module.css'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import { useTitle } from '../frame/use-title.js'
import { AUDIT_MAX_PAGES, useAuditInfiniteQuery } from './audit-api.js'
import { AuditDetail } from './audit-detail.js'
import { AuditFilters } from './audit-filters.js'
import { readAuditQuestion } from './audit-view.js'

const TABLE_HEIGHT_PX = 560

/** Who did what to what, newest first; the filters stand in the address. */
export function AuditPage() {
  const { t } = useTranslation()
  const [address, setAddress] = useSearchParams()
  const question = useMemo(() => readAuditQuestion(address), [address])
  const query = useAuditInfiniteQuery(question, { refetchOnMountOrArgChange: true })
  const [shown, setShown] = useState<AuditEntry>()
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data])
  const { hasNextPage, isFetching, fetchNextPage } = query
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage])
  const columns = useColumns(setShown)
  useTitle(t('nav.audit'))
  return (
    <>
      <h1 className={head.title}>{t('nav.audit')}</h1>
      <p className={head.intro}>{t('audit.intro')}</p>
      <AuditFilters address={address} onChange={(next) => setAddress(next, { replace: true })} />
      {isApiError(query.error) && rows.length === 0 && (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data === undefined && query.error === undefined && (
        <LoadingState heightPx={TABLE_HEIGHT_PX} rows={12} />
      )}
      {query.data !== undefined && rows.length === 0 && (
        <EmptyState title={t('audit.empty')}>{t('audit.emptyDetail')}</EmptyState>
      )}
      {rows.length > 0 && (
        <DataTable
          label={t('audit.label')}
          columns={columns}
          rows={rows}
          rowKey={({ id }) => id}
          rowHeight={36}
          height={TABLE_HEIGHT_PX}
          onEndReached={more}
          isStale={query.currentData === undefined}
          footer={<Footer query={query} rows={rows.length} />}
        />
      )}
      {shown !== undefined && <AuditDetail entry={shown} onClose={() => setShown(undefined)} />}
    </>
  )
}

function useColumns(onShow: (entry: AuditEntry) => void): readonly DataTableColumn<AuditEntry>[] {
  const { t } = useTranslation()
  const format = useFormat()
  return useMemo(
    () => [
      {
        key: 'time',
        header: t('audit.time'),
        width: '8.5rem',
        cell: ({ timestamp }) => {
          const atMs = Date.parse(timestamp)
          return (
            <time dateTime={timestamp} title={format.absolute(atMs)}>
              {format.time(atMs)}
            </time>
          )
        },
      },
      {
        key: 'actor',
        header: t('audit.actor'),
        width: '9rem',
        wideOnly: true,
        cell: ({ actor }) => actor ?? t('audit.system'),
      },
      {
        key: 'action',
        header: t('audit.action'),
        width: 'minmax(0, 1fr)',
        cell: (entry) => (
          <Button
            size="compact-xs"
            variant="subtle"
            aria-label={`${entry.action}: ${t('audit.show', { time: format.absolute(Date.parse(entry.timestamp)) })}`}
            onClick={() => onShow(entry)}
          >
            {entry.action}
          </Button>
        ),
      },
      {
        key: 'target',
        header: t('audit.target'),
        width: 'minmax(0, 1.4fr)',
        wideOnly: true,
        cell: ({ target, detail }) =>
          typeof detail?.name === 'string' ? `${detail.name} (${target.id})` : target.id,
      },
    ],
    [t, format, onShow],
  )
}

interface FooterProps {
  readonly query: ReturnType<typeof useAuditInfiniteQuery>
  readonly rows: number
}

function Footer({ query, rows }: FooterProps) {
  const { t } = useTranslation()
  if (isApiError(query.error))
    return <ErrorState error={query.error} onRetry={() => void query.fetchNextPage()} />
  // What stands above answers the question before: how much the new one finds is not known yet.
  if (query.currentData === undefined) return t('app.loading')
  if (query.isFetching || query.hasNextPage) return t('audit.loadingMore')
  const pages = query.data?.pages ?? []
  const cut = pages.length >= AUDIT_MAX_PAGES && pages.at(-1)?.nextCursor !== undefined
  return cut ? t('audit.tooMany', { count: rows }) : t('audit.all', { count: rows })
}
