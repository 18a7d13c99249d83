import { Tabs } from '@mantine/core'
import { type ComponentProps, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { useSensorTypes } from '../../api/live-feed.js'
import { paths } from '../../paths.js'
import { type RootState, useAppSelector } from '../../store.js'
import { ErrorState, LoadingState, Notice } from '../../ui/states.js'
import { fetchChartAhead } from '../../ui/time-chart/lazy-time-chart.js'
import { usePainted } from '../../ui/use-painted.js'
import classes from './device.module.css'
import { DeviceAlerts, useActiveAlerts } from './device-alerts.js'
import { useDeviceQuery } from './device-api.js'
import { DeviceDetails } from './device-details.js'
import { DeviceHeader } from './device-header.js'
import { NeverSent } from './never-sent.js'
import { ReadingsTable } from './readings-table.js'
import { SensorCards } from './sensor-cards.js'
import { AnnotatedCharts } from './sensor-charts.js'
import { useChartPoints } from './use-chart-points.js'
import { useDeviceHistories } from './use-device-histories.js'
import { DEVICE_TABS, useDeviceView } from './use-device-view.js'

const PANEL_HEIGHT_PX = 420
/** As long as a device that moves may take to be seen at its new site. */
const ASK_AGAIN_MS = 5_000

/** One device: what it says now, how it got there, and all that is known of it. */
export function DevicePage() {
  const { deviceId = '' } = useParams()
  // Another device is another page: nothing of the one before may show.
  return <LoadedDevicePage key={deviceId} deviceId={deviceId} />
}

function LoadedDevicePage({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation()
  const view = useDeviceView()
  const { data: device, error, isLoading, refetch } = useDeviceQuery(deviceId)
  const hasLive = useAppSelector((state) => hasLatest(state, deviceId))
  const activeCount = useActiveAlerts(deviceId).length
  const { ref, points } = useChartPoints()
  const isGone = isApiError(error) && error.status === 404
  const histories = useDeviceHistories(deviceId, view.window, points, isGone)
  const sensorTypes = useSensorTypes(deviceId)
  const name = device?.name ?? deviceId

  useEffect(fetchChartAhead, [])
  useEffect(() => {
    document.title = `${t('device.titleOf', { name })} · ${t('app.name')}`
  }, [t, name])

  if (isGone && device === undefined) {
    const title = t('device.notFoundTitle', { id: deviceId })
    return <NoDevice deviceId={deviceId} title={title} detail={t('device.notFoundDetail')} />
  }
  // It was here while the page was open: moved out of sight, or removed.
  if (isGone) {
    const title = t('device.goneTitle', { name })
    return <NoDevice deviceId={deviceId} title={title} detail={t('device.goneDetail')} />
  }
  if (isApiError(error) && device === undefined) return <ErrorState error={error} onRetry={refetch} />
  if (isLoading || device === undefined) return <LoadingState heightPx={PANEL_HEIGHT_PX} rows={4} />

  const neverSent = !hasLive && device.sensors.every(({ latest }) => latest === undefined)
  return (
    <div ref={ref} className={classes.page}>
      <DeviceHeader device={device} view={view} />
      {!neverSent && (
        <SensorCards deviceId={deviceId} sensorTypes={sensorTypes} histories={histories} view={view} />
      )}
      <Tabs
        value={view.tab}
        onChange={(tab) => view.setTab(DEVICE_TABS.find((each) => each === tab) ?? 'charts')}
        keepMounted={false}
      >
        <Tabs.List aria-label={t('device.tabs.label')} mb="sm">
          {DEVICE_TABS.map((tab) => (
            <Tabs.Tab key={tab} value={tab}>
              {t(`device.tabs.${tab}`)}
              {tab === 'alerts' && activeCount > 0 && ` (${activeCount})`}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="charts">
          {neverSent ? (
            <NeverSent deviceId={deviceId} />
          ) : (
            <Charts device={device} sensorTypes={sensorTypes} histories={histories} view={view} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="table">
          <ReadingsTable device={device} sensorTypes={sensorTypes} window={view.window} />
        </Tabs.Panel>
        <Tabs.Panel value="alerts">
          <DeviceAlerts device={device} />
        </Tabs.Panel>
        <Tabs.Panel value="details">
          <DeviceDetails device={device} />
        </Tabs.Panel>
      </Tabs>
    </div>
  )
}

/** After the newest values: these are what is read first, and a dozen charts take a while to stand. */
function Charts(props: ComponentProps<typeof AnnotatedCharts>) {
  return usePainted() ? <AnnotatedCharts {...props} /> : <LoadingState heightPx={PANEL_HEIGHT_PX} />
}

/** Whether a sensor of it is known to have sent anything. The page itself reads no value: each reading would draw all of it. */
function hasLatest({ devices }: RootState, deviceId: string): boolean {
  return Object.values(devices.entities[deviceId]?.sensors ?? {}).some(({ latest }) => latest !== undefined)
}

/**
 * Instead of a device: why there is none, and the way back. It asks again for as long as it is looked at: nothing is
 * told of a device that this page was never shown, or that came back before anybody had noticed that it was away.
 */
function NoDevice({ deviceId, title, detail }: { deviceId: string; title: string; detail: string }) {
  const { t } = useTranslation()
  useDeviceQuery(deviceId, { pollingInterval: ASK_AGAIN_MS, skipPollingIfUnfocused: true })
  return (
    <Notice
      shape="unknown"
      title={<h1>{title}</h1>}
      detail={detail}
      action={<Link to={paths.devices()}>{t('device.backToDevices')}</Link>}
    />
  )
}
