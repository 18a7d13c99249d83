import { useRouteError } from 'react-router'
import { Crash } from '../../ui/error-boundary.js'
import classes from './frame.module.css'

/** A route that failed to load (a deploy replaced its code, the network went away) or to render. */
export function RouteError() {
  const error = useRouteError()
  return (
    <main className={classes.content}>
      <Crash message={error instanceof Error ? error.message : String(error)} />
    </main>
  )
}
