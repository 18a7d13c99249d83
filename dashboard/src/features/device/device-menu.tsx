import type { Device } from '@iot/contracts'
import { ActionIcon, Menu } from '@mantine/core'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { loadPart } from '../../load-part.js'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { hasRole, selectUser } from '../session/session-slice.js'

const WindowDialog = loadPart(async () => (await import('../maintenance/window-dialog.js')).WindowDialog)
const ChangeDeviceDialog = loadPart(
  async () => (await import('./change-device-dialog.js')).ChangeDeviceDialog,
)
const RemoveDeviceDialog = loadPart(
  async () => (await import('./remove-device-dialog.js')).RemoveDeviceDialog,
)

/** What may be done with a device. Who may do nothing sees no button. */
export function DeviceMenu({ device, onCredentials }: { device: Device; onCredentials: () => void }) {
  const { t } = useTranslation()
  const user = useAppSelector(selectUser)
  const [dialog, setDialog] = useState<'change' | 'remove' | 'maintenance'>()
  const close = () => setDialog(undefined)
  if (!hasRole(user, 'operator')) return null
  return (
    <>
      <Menu position="bottom-end" shadow="sm" withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={t('device.menu', { name: device.name })}>
            <span aria-hidden="true">⋯</span>
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setDialog('change')}>{t('device.edit')}</Menu.Item>
          <Menu.Item onClick={onCredentials}>{t('device.credentials')}</Menu.Item>
          <Menu.Item component={Link} to={paths.newRule({ device: device.deviceId })}>
            {t('device.newRule')}
          </Menu.Item>
          <Menu.Item onClick={() => setDialog('maintenance')}>{t('device.maintenance')}</Menu.Item>
          {hasRole(user, 'admin') && (
            <>
              <Menu.Divider />
              <Menu.Item color="var(--critical)" onClick={() => setDialog('remove')}>
                {t('device.remove')}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {dialog === 'change' && <ChangeDeviceDialog device={device} onClose={close} />}
        {dialog === 'maintenance' && (
          <WindowDialog about={{ deviceId: device.deviceId, name: device.name }} onClose={close} />
        )}
        {dialog === 'remove' && <RemoveDeviceDialog device={device} onClose={close} />}
      </Suspense>
    </>
  )
}
