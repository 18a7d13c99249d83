/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** `mock`: the whole page runs without a backend */
  readonly VITE_API?: string
  readonly VITE_WS_URL?: string
  readonly VITE_API_URL?: string
}

declare module 'virtual:theme-variables.css'
