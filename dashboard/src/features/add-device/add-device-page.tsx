import type { Credential, CredentialKind, Device } from '@iot/contracts'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from '../onboarding/onboarding.module.css'
import { AddDeviceForm } from './add-device-form.js'
import { AddedDevice } from './added-device.js'

export interface Added {
  readonly device: Device
  readonly kind: CredentialKind
  /** missing where making it failed: it is offered again */
  readonly credential?: Credential
  readonly reason?: string
}

/** A device before its first message: who it is, where it stands, and what it logs in with. */
export function AddDevicePage() {
  const { t } = useTranslation()
  const [added, setAdded] = useState<Added>()
  useEffect(() => {
    document.title = `${t('addDevice.title')} · ${t('app.name')}`
  }, [t])

  return (
    <section className={classes.guide} aria-labelledby="add-device">
      {added === undefined ? (
        <AddDeviceForm headingId="add-device" onAdded={setAdded} />
      ) : (
        <AddedDevice
          headingId="add-device"
          added={added}
          onChange={setAdded}
          onAnother={() => setAdded(undefined)}
        />
      )}
    </section>
  )
}
