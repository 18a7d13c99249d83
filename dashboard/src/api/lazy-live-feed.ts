import type { LiveConnection, LiveWatcher } from '@iot/client'
import type { LiveFeed } from './live-feed.js'

const RETRY_MS = 5_000

/**
 * A feed whose code is still on its way: what is asked of it meanwhile is done when it arrives. A failed fetch of
 * the code is shown as offline and tried again.
 */
export function lazyLiveFeed(open: () => Promise<LiveFeed>): LiveFeed {
  let feed: LiveFeed | undefined
  let opening = false
  let started = false
  let connection: LiveConnection = { state: 'connecting' }
  let retry: ReturnType<typeof setTimeout> | undefined
  const attachments = new Set<Attachment>()
  const listeners = new Set<(connection: LiveConnection) => void>()

  function attach(to: (feed: LiveFeed) => () => void): () => void {
    const attachment: Attachment = { to, ...(feed !== undefined && { end: to(feed) }) }
    attachments.add(attachment)
    return () => {
      attachments.delete(attachment)
      attachment.end?.()
    }
  }

  async function fetchAndStart(): Promise<void> {
    if (opening || !started) return
    opening = true
    try {
      feed = await open()
      for (const attachment of attachments) attachment.end = attachment.to(feed)
      if (started) feed.start()
    } catch (error) {
      connection = { state: 'offline', reason: error instanceof Error ? error.message : String(error) }
      for (const listener of listeners) listener(connection)
      retry = setTimeout(fetchAndStart, RETRY_MS)
    } finally {
      opening = false
    }
  }

  return {
    start() {
      started = true
      if (feed === undefined) void fetchAndStart()
      else feed.start()
    },
    stop() {
      started = false
      clearTimeout(retry)
      feed?.stop()
    },
    retryNow() {
      if (feed !== undefined) return feed.retryNow()
      clearTimeout(retry)
      void fetchAndStart()
    },
    connection: () => feed?.connection() ?? connection,
    onConnection(listener) {
      listeners.add(listener)
      const end = attach((opened) => opened.onConnection(listener))
      return () => {
        listeners.delete(listener)
        end()
      }
    },
    watchAll: (watcher: LiveWatcher) => attach((opened) => opened.watchAll(watcher)),
    watchDevice: (deviceId: string, watcher: LiveWatcher) =>
      attach((opened) => opened.watchDevice(deviceId, watcher)),
    watchAlerts: (watcher) => attach((opened) => opened.watchAlerts(watcher)),
    on: (name, handler) => attach((opened) => opened.on(name, handler)),
  }
}

interface Attachment {
  to: (feed: LiveFeed) => () => void
  end?: () => void
}
