import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useConfig } from '../../app.js'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { Age } from '../../ui/age.js'
import { Value } from '../../ui/value.js'
import { mainSensor } from '../devices/device-entry.js'
import { brokerOf } from './broker.js'
import classes from './onboarding.module.css'
import { SnippetTabs } from './snippet-tabs.js'

const FIRST_DEVICE_ID = 'my-first-device'

/** Where there is nothing yet: how to send the first reading. It turns live in place when one arrives. */
export function FirstReading({ onDone }: { onDone?: () => void }) {
  const { t } = useTranslation()
  return (
    <section className={classes.guide} aria-labelledby="first-reading">
      <h1 id="first-reading" className={classes.title}>
        {t('onboarding.title')}
      </h1>
      <p className={classes.hint}>{t('onboarding.intro')}</p>
      <SnippetTabs deviceId={FIRST_DEVICE_ID} />
      <Arrival onDone={onDone} />
    </section>
  )
}

function Arrival({ onDone }: { onDone: (() => void) | undefined }) {
  const { t } = useTranslation()
  const { host, port } = brokerOf(useConfig(), window.location.hostname)
  const device = useAppSelector(({ devices }) => {
    const id = devices.ids.find((each) => mainSensor(devices.entities[each]!) !== undefined)
    return id === undefined ? undefined : devices.entities[id]
  })
  const sensor = device && mainSensor(device)
  if (device === undefined || sensor === undefined) {
    return (
      <div className={classes.status} role="status">
        <span className={classes.waiting} aria-hidden="true" />
        <span className={classes.strong}>{t('onboarding.waiting')}</span>
        <span className={classes.hint}>{t('onboarding.waitingDetail', { host, port })}</span>
      </div>
    )
  }
  return (
    <div className={classes.status} data-arrived>
      <span className={classes.strong} role="status">
        {t('onboarding.arrived', { name: device.name })}
      </span>
      <span>
        {sensor.sensorType}{' '}
        <Value value={sensor.latest?.value} {...(sensor.unit !== undefined && { unit: sensor.unit })} />
      </span>
      <Age atMs={sensor.latestAtMs} />
      <Link to={paths.device(device.deviceId)}>{t('onboarding.open')}</Link>
      {onDone !== undefined && (
        <Button size="xs" onClick={onDone}>
          {t('onboarding.done')}
        </Button>
      )}
    </div>
  )
}
