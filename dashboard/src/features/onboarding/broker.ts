import type { DashboardConfig } from '@iot/contracts'

export interface Broker {
  readonly host: string
  readonly port: number
}

/** Where devices publish to: what the origin says, or else the host that the page itself came from. */
export function brokerOf(config: DashboardConfig, pageHost: string): Broker {
  return {
    host: config.mqtt.host ?? (pageHost.replace(/^\[|\]$/g, '') || 'localhost'),
    port: config.mqtt.port,
  }
}

/** Whether a device on that host is one on this machine, which needs no credentials. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
