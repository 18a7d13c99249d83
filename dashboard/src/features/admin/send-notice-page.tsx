import { ROLES } from '@iot/contracts'
import { Button, NativeSelect, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../api/error-text.js'
import { fieldErrors } from '../../api/field-errors.js'
import { Form } from '../../ui/form.js'
import { useFormat } from '../../ui/format.js'
import head from '../../ui/page-head.module.css'
import { StatusShape } from '../../ui/status-shape.js'
import { useTitle } from '../frame/use-title.js'
import classes from './admin.module.css'
import {
  AUDIENCES,
  type Audience,
  NOTICE_TYPES,
  type NoticeFaults,
  noticeFaults,
  noticeFrom,
} from './notice-form.js'
import { useSendNoticeMutation, useUsersInfiniteQuery } from './people-api.js'

/** A word to everyone, to a role or to one user. Who is away finds it when they come back. */
export function SendNoticePage() {
  const { t } = useTranslation()
  const format = useFormat()
  const [send, { isLoading, error, data: sent }] = useSendNoticeMutation()
  const [audience, setAudience] = useState<Audience>('all')
  const [faults, setFaults] = useState<NoticeFaults>({})
  useTitle(t('nav.sendNotice'))

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const form = event.currentTarget
    const notice = noticeFrom(new FormData(form), audience)
    const found = noticeFaults(notice)
    setFaults(found)
    if (Object.keys(found).length > 0) return
    const answer = await send(notice)
    if (answer.error === undefined) form.reset()
  }

  const said = fieldErrors(error, t)
  const userSaid = said['to.user'] ?? said.to
  const atField = said.message !== undefined || said.title !== undefined || userSaid !== undefined
  return (
    <Form className={classes.form} onSubmit={submit}>
      <Stack gap="sm">
        <h1 className={head.title}>{t('nav.sendNotice')}</h1>
        <Radio.Group
          label={t('people.to')}
          value={audience}
          onChange={(chosen) => setAudience(AUDIENCES.find((each) => each === chosen) ?? 'all')}
        >
          <Stack gap={6} mt={6}>
            {AUDIENCES.map((each) => (
              <Radio key={each} value={each} label={t(`people.audiences.${each}`)} />
            ))}
          </Stack>
        </Radio.Group>
        {audience === 'role' && (
          <NativeSelect
            name="role"
            label={t('people.role')}
            data={ROLES.map((role) => ({ value: role, label: t(`people.roles.${role}`) }))}
          />
        )}
        {audience === 'user' && <UserField error={faults.user ? t('login.required') : userSaid} />}
        <NativeSelect
          name="type"
          label={t('people.type')}
          data={NOTICE_TYPES.map((type) => ({ value: type, label: t(`notices.types.${type}`) }))}
        />
        <TextInput name="title" label={t('people.noticeTitle')} maxLength={128} error={said.title} />
        <Textarea
          name="message"
          label={t('people.message')}
          description={t('people.messageHint')}
          maxLength={2_000}
          rows={4}
          error={faults.message ? t('login.required') : said.message}
        />
        {error !== undefined && !atField && (
          <Text size="sm" role="alert">
            {t('people.failed', { reason: errorText(t, error) })}
          </Text>
        )}
        <div className={classes.head}>
          <Button type="submit" loading={isLoading}>
            {t('people.send')}
          </Button>
          <span role="status">
            {sent !== undefined && !isLoading && (
              <>
                <StatusShape kind="online" />{' '}
                {t('people.sentAt', { time: format.absolute(Date.parse(sent.timestamp)) })}
              </>
            )}
          </span>
        </div>
      </Stack>
    </Form>
  )
}

/** The browser offers the names that are known; any other can be typed. */
function UserField({ error }: { error: string | undefined }) {
  const { t } = useTranslation()
  const { data } = useUsersInfiniteQuery()
  const names = useId()
  return (
    <>
      <TextInput
        name="user"
        label={t('login.username')}
        error={error}
        list={names}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        maxLength={64}
      />
      <datalist id={names}>
        {data?.pages
          .flatMap(({ items }) => items)
          .map(({ id, username }) => (
            <option key={id} value={username} />
          ))}
      </datalist>
    </>
  )
}
