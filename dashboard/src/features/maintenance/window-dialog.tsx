import { Button, Group, Input, Modal, SegmentedControl, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../api/error-text.js'
import { fieldErrors } from '../../api/field-errors.js'
import { faultText } from '../../i18n/fault-text.js'
import { DialogEnd } from '../../ui/dialog-end.js'
import { Form } from '../../ui/form.js'
import { useFormat } from '../../ui/format.js'
import { parseSpanMs, toInputText } from '../../ui/range-picker/time-range.js'
import { useScopeFacts } from '../rules/known-sensors.js'
import { DeviceField } from '../rules/scope-fields.js'
import { useCreateWindowMutation } from './maintenance-api.js'
import { faultsOf, type WindowFaults, type WindowFields, windowOf } from './window-form.js'

const QUICK = ['30m', '2h', '8h', '1d'] as const
const EVERYTHING = { scope: 'all', site: '', deviceId: '' } as const

interface WindowDialogProps {
  /** what it is about, where that is known */
  readonly about?: { deviceId?: string; site?: string; name: string }
  readonly onClose: () => void
}

/** A window for a device or a site, from now on unless said otherwise. */
export function WindowDialog({ about, onClose }: WindowDialogProps) {
  const { t } = useTranslation()
  const utc = useFormat().timeZone === 'UTC'
  const [create, { isLoading, error }] = useCreateWindowMutation()
  const [faults, setFaults] = useState<WindowFaults>({})
  const [fields, setFields] = useState<WindowFields>(() => firstFields(about, utc))
  const change = (part: Partial<WindowFields>) => setFields((before) => ({ ...before, ...part }))
  const said = fieldErrors(error, t)
  const words = (field: keyof WindowFields) => {
    const fault = faults[field]
    if (fault === undefined) return said[field]
    return fault === 'needed' ? t('maintenance.needed') : faultText(t, fault)
  }

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault()
    const found = faultsOf(fields, utc, Date.now())
    setFaults(found)
    const window = windowOf(fields, utc)
    if (window === undefined || Object.keys(found).length > 0) return
    const answer = await create(window)
    if (answer.error === undefined) onClose()
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={about === undefined ? t('maintenance.titleAny') : t('maintenance.title', { name: about.name })}
      closeButtonProps={{ 'aria-label': t('help.close') }}
    >
      <Form onSubmit={save}>
        <Stack gap="sm">
          {about === undefined && <AboutFields fields={fields} words={words} onChange={change} />}
          <Input.Wrapper label={t('maintenance.quick')} labelElement="div">
            <Group gap={6} mt={4}>
              {QUICK.map((span) => (
                <Button
                  key={span}
                  size="xs"
                  variant="default"
                  onClick={() => change(fromNow(parseSpanMs(span)!, utc))}
                >
                  {t(`maintenance.choices.${span}`)}
                </Button>
              ))}
            </Group>
          </Input.Wrapper>
          <TextInput
            type="datetime-local"
            label={t('maintenance.from')}
            value={fields.from}
            error={words('from')}
            onChange={(event) => change({ from: event.currentTarget.value })}
          />
          <TextInput
            type="datetime-local"
            label={t('maintenance.until')}
            value={fields.to}
            error={words('to')}
            onChange={(event) => change({ to: event.currentTarget.value })}
          />
          <TextInput
            label={t('maintenance.reason')}
            value={fields.reason}
            error={said.reason}
            maxLength={256}
            onChange={(event) => change({ reason: event.currentTarget.value })}
          />
          <DialogEnd
            failure={
              error !== undefined && Object.keys(said).length === 0
                ? t('maintenance.failed', { reason: errorText(t, error) })
                : undefined
            }
            cancel={t('maintenance.cancel')}
            submit={t('maintenance.save')}
            busy={isLoading}
            onCancel={onClose}
          />
        </Stack>
      </Form>
    </Modal>
  )
}

function firstFields(about: WindowDialogProps['about'], utc: boolean): WindowFields {
  return {
    about: about?.site === undefined ? 'device' : 'site',
    deviceId: about?.deviceId ?? '',
    site: about?.site ?? '',
    reason: '',
    ...fromNow(parseSpanMs(QUICK[1])!, utc),
  }
}

function fromNow(spanMs: number, utc: boolean): Pick<WindowFields, 'from' | 'to'> {
  const nowMs = Date.now()
  // To the minute: the field shows no seconds, and a window that begins a little earlier does no harm.
  return { from: toInputText(nowMs, utc).slice(0, 16), to: toInputText(nowMs + spanMs, utc).slice(0, 16) }
}

interface AboutFieldsProps {
  readonly fields: WindowFields
  readonly words: (field: keyof WindowFields) => string | undefined
  readonly onChange: (part: Partial<WindowFields>) => void
}

function AboutFields({ fields, words, onChange }: AboutFieldsProps) {
  const { t } = useTranslation()
  const { sites } = useScopeFacts(EVERYTHING, '')
  return (
    <>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label={t('maintenance.about')}
        value={fields.about}
        data={(['device', 'site'] as const).map((about) => ({
          value: about,
          label: t(`maintenance.${about}`),
        }))}
        onChange={(about) => onChange({ about: about === 'site' ? 'site' : 'device' })}
      />
      {fields.about === 'device' ? (
        <DeviceField
          label={t('maintenance.device')}
          value={fields.deviceId}
          error={words('deviceId')}
          onChange={(deviceId) => onChange({ deviceId })}
        />
      ) : (
        <>
          <TextInput
            label={t('maintenance.site')}
            list="maintenance-sites"
            value={fields.site}
            error={words('site')}
            maxLength={64}
            autoComplete="off"
            onChange={(event) => onChange({ site: event.currentTarget.value })}
          />
          <datalist id="maintenance-sites">
            {sites.map((site) => (
              <option key={site} value={site} />
            ))}
          </datalist>
        </>
      )}
    </>
  )
}
