import { type ReactNode, Suspense } from 'react'
import { Navigate, useLocation } from 'react-router'
import { loadPart } from '../../load-part.js'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'

const SessionEndedDialog = loadPart(
  async () => (await import('./session-ended-dialog.js')).SessionEndedDialog,
)

/**
 * Who is not signed in goes to the login page, and comes back here afterwards. Whose session has ended is asked for
 * the password over the page, which stays as it was.
 */
export function RequireSession({ children }: { children: ReactNode }) {
  const status = useAppSelector((state) => state.session.status)
  const { pathname, search } = useLocation()
  if (status === 'signedIn' || status === 'ended') {
    return (
      <>
        {children}
        {status === 'ended' && (
          <Suspense>
            <SessionEndedDialog />
          </Suspense>
        )}
      </>
    )
  }
  return <Navigate to={paths.login(`${pathname}${search}`)} replace />
}
