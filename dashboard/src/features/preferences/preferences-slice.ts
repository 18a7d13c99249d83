import { createSlice, type PayloadAction } from '@reduxjs/toolkit'

export type ColorScheme = 'auto' | 'light' | 'dark'
export type Density = 'comfortable' | 'compact'
export type Language = 'en' | 'vi'
export type TimeZone = 'local' | 'utc'
export type Loudness = 'off' | 'critical' | 'all'

export interface PreferencesState {
  colorScheme: ColorScheme
  density: Density
  language: Language
  timeZone: TimeZone
  alertSound: Loudness
  alertDesktop: Loudness
}

/** `public/color-scheme.js` reads the same key before the first paint. */
export const PREFERENCES_KEY = 'iot.preferences'

const CHOICES: { [Name in keyof PreferencesState]: readonly PreferencesState[Name][] } = {
  colorScheme: ['auto', 'light', 'dark'],
  density: ['comfortable', 'compact'],
  language: ['en', 'vi'],
  timeZone: ['local', 'utc'],
  alertSound: ['off', 'critical', 'all'],
  alertDesktop: ['off', 'critical', 'all'],
}

/** What was stored, field by field: a value that is no choice any more falls back alone. */
export function readPreferences(stored: string | null, browserLanguage: string): PreferencesState {
  const fallback: PreferencesState = {
    colorScheme: 'auto',
    density: 'comfortable',
    language: browserLanguage.toLowerCase().startsWith('vi') ? 'vi' : 'en',
    timeZone: 'local',
    alertSound: 'off',
    alertDesktop: 'off',
  }
  let found: Partial<Record<string, unknown>> = {}
  try {
    const parsed: unknown = JSON.parse(stored ?? '{}')
    if (typeof parsed === 'object' && parsed !== null) found = parsed as Record<string, unknown>
  } catch {
    return fallback
  }
  const pick = <Name extends keyof PreferencesState>(name: Name): PreferencesState[Name] =>
    CHOICES[name].find((choice) => choice === found[name]) ?? fallback[name]
  return {
    colorScheme: pick('colorScheme'),
    density: pick('density'),
    language: pick('language'),
    timeZone: pick('timeZone'),
    alertSound: pick('alertSound'),
    alertDesktop: pick('alertDesktop'),
  }
}

const slice = createSlice({
  name: 'preferences',
  initialState: readPreferences(null, 'en'),
  reducers: {
    preferencesChanged: (state, action: PayloadAction<Partial<PreferencesState>>) => ({
      ...state,
      ...action.payload,
    }),
  },
})

export const { preferencesChanged } = slice.actions
export const preferencesReducer = slice.reducer
export const selectPreferences = (state: { preferences: PreferencesState }) => state.preferences
