import type { Notification, NotificationPage } from '@iot/contracts'
import type { LiveFeed } from '../../api/live-feed.js'
import type { AppDispatch, AppStore } from '../../store.js'
import { notificationsApi } from './notifications-api.js'
import { noticeTold } from './notifications-slice.js'

/** A first page that live notices have made so long is read again, page by page. */
const LONGEST_PAGE = 100

/**
 * The list is the server's; what comes live is put on top of it at once. It is read again when another tab has read
 * some, and after every reconnection: what was sent meanwhile stands there.
 */
export function keepNotificationsCurrent({ store, feed }: { store: AppStore; feed: LiveFeed }): void {
  const readAgain = () => void store.dispatch(notificationsApi.util.invalidateTags(['Notification']))
  let wasLive = false
  let lostLive = false

  feed.on('notification', (notice) => {
    if (takeNotice(store.dispatch, notice) > LONGEST_PAGE) readAgain()
    if (notice.read !== true) store.dispatch(noticeTold(notice))
  })
  feed.on('notifications:read', readAgain)
  store.subscribe(() => {
    const live = store.getState().connection.state === 'live'
    if (live === wasLive) return
    wasLive = live
    if (!live) lostLive = true
    else if (lostLive) {
      lostLive = false
      readAgain()
    }
  })
}

/** Puts a notice on top of the lists that are on the page, once. Returns how long the longest first page is now. */
function takeNotice(dispatch: AppDispatch, notice: Notification): number {
  let longest = 0
  for (const filter of ['all', 'unread'] as const) {
    dispatch(
      notificationsApi.util.updateQueryData('notifications', filter, ({ pages }) => {
        withNotice(pages, notice)
        longest = Math.max(longest, pages[0]?.items.length ?? 0)
      }),
    )
  }
  return longest
}

function withNotice(pages: NotificationPage[], notice: Notification): void {
  const [first] = pages
  if (first === undefined || pages.some(({ items }) => items.some(({ id }) => id === notice.id))) return
  first.items.unshift(notice)
  if (notice.read === true) return
  for (const page of pages) page.unread += 1
}
