import type { AppDeps, AppDispatch, RootState } from '../store.js'
import { useAppDispatch } from '../store.js'
import type { Transport } from './transport.js'

const transportOf = (_dispatch: AppDispatch, _getState: () => RootState, deps: AppDeps): Transport =>
  deps.transport

/** REST without the store: for what is too large or too fast to live there. */
export function useTransport(): Transport {
  return useAppDispatch()(transportOf)
}
