import type { Role } from '@iot/contracts'
import { Outlet } from 'react-router'
import { useAppSelector } from '../../store.js'
import { ForbiddenState } from '../../ui/states.js'
import { hasRole, selectUser } from './session-slice.js'

export function RequireRole({ atLeast }: { atLeast: Role }) {
  return hasRole(useAppSelector(selectUser), atLeast) ? <Outlet /> : <ForbiddenState />
}
