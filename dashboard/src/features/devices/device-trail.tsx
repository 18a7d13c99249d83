import { useEffect, useMemo, useState } from 'react'
import { useLatestReading } from '../../api/live-feed.js'
import { useAppSelector } from '../../store.js'
import { Sparkline } from '../../ui/sparkline/sparkline.js'
import { useTrailQuery } from './trail-api.js'

/** Rows that only fly by while scrolling ask for nothing. */
const REST_MS = 350
const REFRESH_S = 300

interface DeviceTrailProps {
  deviceId: string
  sensorType: string
  width: number
  height: number
}

/** The last hours of a sensor as a line, up to its newest value. */
export function DeviceTrail({ deviceId, sensorType, width, height }: DeviceTrailProps) {
  const rested = useRested()
  // A device known by a reading alone may be too new, or removed already: it has no history to ask for.
  const listed = useAppSelector((state) => state.devices.entities[deviceId]?.described === true)
  const { data } = useTrailQuery(
    { deviceId, sensorType },
    { skip: !rested || !listed, refetchOnMountOrArgChange: REFRESH_S },
  )
  const latest = useLatestReading(deviceId, sensorType)
  const line = useMemo(() => {
    const times = [...(data?.times ?? [])]
    const values = [...(data?.values ?? [])]
    const atMs = latest === undefined ? undefined : Date.parse(latest.timestamp)
    if (latest !== undefined && atMs !== undefined && atMs > (times.at(-1) ?? 0)) {
      times.push(atMs)
      values.push(latest.value)
    }
    return { times, values }
  }, [data, latest])
  return <Sparkline {...line} width={width} height={height} />
}

function useRested(): boolean {
  const [rested, setRested] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setRested(true), REST_MS)
    return () => clearTimeout(timer)
  }, [])
  return rested
}
