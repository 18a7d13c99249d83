import type { ReactNode } from 'react'
import { Navigate, useLocation } from 'react-router'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'

/** Who is not signed in goes to the login page, and comes back here afterwards. */
export function RequireSession({ children }: { children: ReactNode }) {
  const status = useAppSelector((state) => state.session.status)
  const { pathname, search } = useLocation()
  if (status === 'signedIn') return children
  return <Navigate to={paths.login(`${pathname}${search}`)} replace />
}
