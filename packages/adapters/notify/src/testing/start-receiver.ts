import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** An HTTP server that keeps what it is sent and answers as `answer` does. */
export async function startReceiver(
  answer: (response: http.ServerResponse) => void = (response) => response.end('ok'),
  tls?: { key: string; cert: string },
) {
  const received: Received[] = []
  async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const { url: path = '', headers } = request
    received.push({ path, headers, body: Buffer.concat(parts).toString() })
    answer(response)
  }
  const onRequest = (request: http.IncomingMessage, response: http.ServerResponse) => {
    handle(request, response).catch(() => response.destroy())
  }
  const server = tls ? https.createServer(tls, onRequest) : http.createServer(onRequest)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    received,
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
