import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { StartError } from '@iot/runtime'

/** Opens the port and resolves with the one that is listened on. Rejects with a StartError that says what to do. */
export async function listen(server: Server, address: { host: string; port: number }): Promise<number> {
  try {
    server.listen({ host: address.host, port: address.port })
    await once(server, 'listening')
  } catch (error) {
    throw new StartError(explain(error as NodeJS.ErrnoException, address), { cause: error })
  }
  return (server.address() as AddressInfo).port
}

function explain(error: NodeJS.ErrnoException, address: { host: string; port: number }): string {
  const { host, port } = address
  switch (error.code) {
    case 'EADDRINUSE':
      return `The MQTT port ${port} is taken on ${host}: stop what uses it, or set MQTT_PORT to a free port.`
    case 'EACCES':
      return `The MQTT port ${port} may not be opened by this user: set MQTT_PORT to a port above 1023.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: set MQTT_HOST to one that is (0.0.0.0: all of them).`
    default:
      return `The MQTT port ${port} can’t be opened on ${host} (${error.code ?? error.message}): see MQTT_PORT and MQTT_HOST.`
  }
}
