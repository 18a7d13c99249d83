import type { ErrorCode } from '@iot/contracts'
import type { Counter, Histogram, Metrics } from '@iot/runtime'

const METHODS = ['GET', 'POST', 'PATCH', 'DELETE', 'other'] as const
const STATUSES = ['2xx', '3xx', '4xx', '5xx'] as const

const REFUSAL_CODES = [
  'UNAUTHENTICATED',
  'TOKEN_EXPIRED',
  'BAD_CREDENTIALS',
  'REFRESH_INVALID',
  'SETUP_TOKEN_INVALID',
  'FORBIDDEN',
  'ORIGIN_REFUSED',
  'RATE_LIMITED',
  'LOGIN_THROTTLED',
] as const satisfies readonly ErrorCode[]

export interface GatewayMetrics {
  readonly requests: Counter<'method' | 'status'>
  readonly durations: Histogram<'method'>
  readonly refusals: Counter<'code'>
  /** acts of people that the audit log could not take */
  readonly unaudited: Counter<never>
}

/** Every metric of the gateway. Routes are no label: 20 routes times buckets are a page of figures nobody reads. */
export function createGatewayMetrics(metrics: Metrics): GatewayMetrics {
  return {
    requests: metrics.counter({
      name: 'iot_http_requests_total',
      help: 'Requests answered by the gateway, files and probes aside.',
      labels: { method: METHODS, status: STATUSES },
    }),
    durations: metrics.histogram({
      name: 'iot_http_request_duration_seconds',
      help: 'From the request’s head to the end of its answer.',
      labels: { method: METHODS },
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    refusals: metrics.counter({
      name: 'iot_http_refusals_total',
      help: 'Requests turned away for who asked, or how often.',
      labels: { code: REFUSAL_CODES },
    }),
    unaudited: metrics.counter({
      name: 'iot_unaudited_acts_total',
      help: 'Acts of people that were done and could not be written to the audit log.',
    }),
  }
}

export function methodLabel(method: string): (typeof METHODS)[number] {
  return METHODS.find((known) => known === method) ?? 'other'
}

export function statusLabel(status: number): (typeof STATUSES)[number] {
  return `${Math.min(5, Math.max(2, Math.floor(status / 100)))}xx` as (typeof STATUSES)[number]
}

/** The code as a label; undefined where the error is no refusal. */
export function refusalLabel(code: ErrorCode): (typeof REFUSAL_CODES)[number] | undefined {
  return REFUSAL_CODES.find((known) => known === code)
}
