import '@mantine/spotlight/styles.css'
import {
  createSpotlight,
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
} from '@mantine/spotlight'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'react-redux'
import { useNavigate } from 'react-router'
import { usePaused } from '../../api/live-feed.js'
import { paths } from '../../paths.js'
import { type RootState, useAppDispatch, useAppSelector } from '../../store.js'
import { matchDevices } from '../devices/match-devices.js'
import { preferencesChanged, selectPreferences } from '../preferences/preferences-slice.js'
import { hasRole, selectUser } from '../session/session-slice.js'
import classes from './palette.module.css'

const [paletteStore, palette] = createSpotlight()
const MOST_DEVICES = 8

interface PaletteProps {
  query: string
  onQuery: (query: string) => void
  onClose: () => void
}

/** Devices, pages and actions by name. Matching is done here: with 10 000 devices only a few become entries. */
export function Palette({ query, onQuery, onClose }: PaletteProps) {
  const { t } = useTranslation()
  const groups = usePaletteGroups(query)
  useEffect(() => palette.open(), [])
  return (
    <Spotlight
      store={paletteStore}
      actions={groups}
      query={query}
      onQueryChange={onQuery}
      onSpotlightClose={onClose}
      filter={(_query, actions) => actions}
      nothingFound={t('palette.nothing')}
      shortcut={null}
      scrollable
      maxHeight={420}
      clearQueryOnClose={false}
      // Dimmed and not blurred: the page behind it lives, and would be blurred anew in each frame.
      overlayProps={{ backgroundOpacity: 0.35 }}
      classNames={{ actionDescription: classes.description! }}
      attributes={{ content: { 'aria-label': t('nav.search') } }}
      searchProps={{ placeholder: t('palette.placeholder'), 'aria-label': t('nav.search') }}
    />
  )
}

function usePaletteGroups(query: string): SpotlightActionGroupData[] {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const devices = useDeviceActions(query)
  const actions = useActions()
  const user = useAppSelector(selectUser)
  return useMemo(() => {
    const go = (id: string, label: string, to: string): SpotlightActionData => ({
      id,
      label,
      onClick: () => void navigate(to),
    })
    const pages = [
      go('overview', t('nav.overview'), paths.overview()),
      go('devices', t('nav.devices'), paths.devices()),
      go('alerts', t('alerts.title'), paths.alerts()),
      go('rules', t('nav.rules'), paths.rules()),
      go('maintenance', t('nav.maintenance'), paths.maintenance()),
      go('system', t('nav.system'), paths.system()),
      ...(hasRole(user, 'operator')
        ? [
            go('dead-letters', t('nav.deadLetters'), paths.deadLetters()),
            go('add-device', t('devices.add'), paths.addDevice()),
          ]
        : []),
      ...(hasRole(user, 'admin')
        ? [
            go('users', t('nav.users'), paths.users()),
            go('connections', t('nav.connections'), paths.connections()),
            go('activity', t('nav.activity'), paths.activity()),
            go('send-notice', t('nav.sendNotice'), paths.sendNotice()),
            go('channels', t('nav.channels'), paths.channels()),
            go('audit', t('nav.audit'), paths.audit()),
          ]
        : []),
    ]
    const wanted = query.trim().toLowerCase()
    const matching = (list: SpotlightActionData[]) =>
      list.filter((action) => action.label?.toLowerCase().includes(wanted))
    return [
      { group: t('palette.devices'), actions: devices },
      { group: t('palette.pages'), actions: matching(pages) },
      { group: t('palette.actions'), actions: matching(actions) },
    ].filter((group) => group.actions.length > 0)
  }, [actions, devices, navigate, query, t, user])
}

function useDeviceActions(query: string): SpotlightActionData[] {
  const navigate = useNavigate()
  const store = useStore<RootState>()
  // As they were when it was opened: the list must not move while one is choosing from it, nor be made anew by readings.
  const [{ ids, entities }] = useState(() => store.getState().devices)
  return useMemo(() => {
    if (query.trim() === '') return []
    return matchDevices(entities, ids, query)
      .slice(0, MOST_DEVICES)
      .flatMap((deviceId) => {
        const entry = entities[deviceId]
        if (entry === undefined) return []
        const where = entry.site ?? entry.location
        return {
          id: `device:${deviceId}`,
          label: entry.name,
          description: where === undefined ? deviceId : `${deviceId} · ${where}`,
          onClick: () => void navigate(paths.device(deviceId)),
        }
      })
  }, [entities, ids, navigate, query])
}

function useActions(): SpotlightActionData[] {
  const { t } = useTranslation()
  const dispatch = useAppDispatch()
  const { paused, toggle } = usePaused()
  const preferences = useAppSelector(selectPreferences)
  return useMemo(() => {
    const dark = document.documentElement.dataset.mantineColorScheme === 'dark'
    const change = (to: Parameters<typeof preferencesChanged>[0]) => () =>
      void dispatch(preferencesChanged(to))
    return [
      { id: 'pause', label: paused ? t('connection.resume') : t('connection.pause'), onClick: toggle },
      {
        id: 'theme',
        label: t('palette.toggleTheme'),
        onClick: change({ colorScheme: dark ? 'light' : 'dark' }),
      },
      {
        id: 'language',
        label: t('palette.toggleLanguage'),
        onClick: change({ language: preferences.language === 'en' ? 'vi' : 'en' }),
      },
      {
        id: 'utc',
        label: t('palette.toggleUtc'),
        onClick: change({ timeZone: preferences.timeZone === 'utc' ? 'local' : 'utc' }),
      },
      {
        id: 'density',
        label: t('palette.toggleDensity'),
        onClick: change({ density: preferences.density === 'compact' ? 'comfortable' : 'compact' }),
      },
    ]
  }, [dispatch, paused, preferences, t, toggle])
}
