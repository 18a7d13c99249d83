import { CHANNEL_KINDS, DEAD_LETTER_REASONS } from '@iot/contracts'
import type { Counter, Histogram, Metrics, Tally } from '@iot/runtime'

/** Every metric of this service, once. */
export interface LiveMetrics {
  readonly readings: Counter<'outcome'>
  readonly statusChanges: Counter
  readonly latency: Histogram
  readonly flushEntries: Histogram
  readonly publishFailures: Counter
  readonly snapshots: Counter<'outcome'>
  readonly alertTransitions: Counter<'transition' | 'severity'>
  readonly voidAlertRecords: Counter
  readonly alertAppendSeconds: Histogram
}

export interface LiveFigures {
  backlogEntries(): number
  lag(): number
  devices(): number
  rules(): number
  slots(): number
}

export function createLiveMetrics(metrics: Metrics, figures: LiveFigures): LiveMetrics {
  metrics.gauge({
    name: 'iot_live_rules',
    help: 'Alert rules that are in force.',
    collect: figures.rules,
  })
  metrics.gauge({
    name: 'iot_live_rule_slots',
    help: 'Pairs of an alert rule and a device or sensor that it is about.',
    collect: figures.slots,
  })
  metrics.gauge({
    name: 'iot_live_backlog_entries',
    help: 'Events that wait for the live bus.',
    collect: figures.backlogEntries,
  })
  metrics.gauge({
    name: 'iot_live_lag_records',
    help: 'Records of the log that the live pipeline has not committed.',
    collect: figures.lag,
  })
  metrics.gauge({
    name: 'iot_live_devices',
    help: 'Devices in the memory of the live pipeline.',
    collect: figures.devices,
  })
  return {
    readings: metrics.counter({
      name: 'iot_live_readings_total',
      help: 'Readings that the live pipeline worked in: shown, or a repeat.',
      labels: { outcome: ['shown', 'repeated'] },
    }),
    statusChanges: metrics.counter({
      name: 'iot_live_status_changes_total',
      help: 'Changes of a device’s status that were shown.',
    }),
    latency: metrics.histogram({
      name: 'iot_live_latency_seconds',
      help: 'From the arrival of the oldest message of a batch to its publication on the live bus.',
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 30],
    }),
    flushEntries: metrics.histogram({
      name: 'iot_live_flush_entries',
      help: 'Events per flush to the live bus.',
      buckets: [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000],
    }),
    publishFailures: metrics.counter({
      name: 'iot_live_publish_failures_total',
      help: 'Flushes that the live bus did not take; they are tried again.',
    }),
    snapshots: metrics.counter({
      name: 'iot_live_snapshots_total',
      help: 'Snapshots of a partition’s state.',
      labels: { outcome: ['kept', 'failed'] },
    }),
    alertTransitions: metrics.counter({
      name: 'iot_live_alert_transitions_total',
      help: 'Transitions of alerts that count.',
      labels: {
        transition: ['opened', 'acknowledged', 'shelved', 'unshelved', 'commented', 'closed'],
        severity: ['warning', 'critical'],
      },
    }),
    voidAlertRecords: metrics.counter({
      name: 'iot_live_alert_void_records_total',
      help: 'Transitions in the log that do not count, because another one came before them.',
    }),
    alertAppendSeconds: metrics.histogram({
      name: 'iot_live_alert_append_seconds',
      help: 'From a decision about an alert until the log has it.',
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10],
    }),
  }
}

export interface ArchiveMetrics {
  readonly rows: Counter<'outcome'>
  readonly writeRows: Histogram
  readonly writeSeconds: Histogram
  readonly failures: Counter
  readonly deadLetters: Counter
  readonly alertRecords: Counter<'outcome'>
  readonly droppedPartitions: Counter
}

export function createArchiveMetrics(metrics: Metrics, figures: { lag(): number }): ArchiveMetrics {
  metrics.gauge({
    name: 'iot_archive_lag_records',
    help: 'Records of the log that the archive has not committed.',
    collect: figures.lag,
  })
  return {
    rows: metrics.counter({
      name: 'iot_archive_rows_total',
      help: 'Readings by what became of them: stored, there already, refused as another value under the same key, or set aside because the database can’t hold them.',
      labels: { outcome: ['inserted', 'repeated', 'refused', 'set-aside'] },
    }),
    writeRows: metrics.histogram({
      name: 'iot_archive_write_rows',
      help: 'Readings per write.',
      buckets: [1, 10, 50, 100, 250, 500, 1_000, 2_000, 4_000],
    }),
    writeSeconds: metrics.histogram({
      name: 'iot_archive_write_seconds',
      help: 'Duration of a write of readings.',
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    }),
    failures: metrics.counter({
      name: 'iot_archive_write_failures_total',
      help: 'Writes that failed and are tried again.',
    }),
    deadLetters: metrics.counter({
      name: 'iot_archive_dead_letters_total',
      help: 'Dead letters that were stored.',
    }),
    alertRecords: metrics.counter({
      name: 'iot_archive_alert_records_total',
      help: 'Records of alerts by what became of them: stored, or set aside because the database can’t hold them.',
      labels: { outcome: ['stored', 'set-aside'] },
    }),
    droppedPartitions: metrics.counter({
      name: 'iot_archive_dropped_partitions_total',
      help: 'Time partitions of readings that were dropped because of their age.',
    }),
  }
}

export interface NotifyMetrics {
  readonly deliveries: Counter<'kind' | 'outcome'>
  readonly sendSeconds: Histogram
}

export function createNotifyMetrics(metrics: Metrics, figures: { lag(): number }): NotifyMetrics {
  metrics.gauge({
    name: 'iot_notify_lag_records',
    help: 'Records of alerts in the log that nobody has been told of yet.',
    collect: figures.lag,
  })
  return {
    deliveries: metrics.counter({
      name: 'iot_notify_deliveries_total',
      help: 'Attempts to send a message about alerts: sent, tried again later, or given up.',
      labels: { kind: CHANNEL_KINDS, outcome: ['sent', 'retrying', 'dead'] },
    }),
    sendSeconds: metrics.histogram({
      name: 'iot_notify_send_seconds',
      help: 'Duration of an attempt to send a message about alerts.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
  }
}

export interface BridgeMetrics {
  readonly readings: Counter
  readonly statusReports: Counter
  readonly deadLetters: Counter<'reason'>
  readonly connections: Counter<'outcome'>
  readonly failures: Counter
  readonly acceptSeconds: Tally
}

export function createBridgeMetrics(metrics: Metrics, figures: { devices(): number }): BridgeMetrics {
  metrics.gauge({
    name: 'iot_bridge_devices',
    help: 'Devices that are known, of MAX_DEVICES.',
    collect: figures.devices,
  })
  return {
    readings: metrics.counter({
      name: 'iot_bridge_readings_total',
      help: 'Readings of devices that are in the log.',
    }),
    statusReports: metrics.counter({
      name: 'iot_bridge_status_reports_total',
      help: 'Statuses that devices reported and that are in the log.',
    }),
    deadLetters: metrics.counter({
      name: 'iot_bridge_dead_letters_total',
      help: 'Messages, or parts of them, that were refused.',
      labels: { reason: DEAD_LETTER_REASONS },
    }),
    connections: metrics.counter({
      name: 'iot_bridge_connections_total',
      help: 'Attempts of devices to connect.',
      labels: { outcome: ['admitted', 'refused', 'throttled'] },
    }),
    failures: metrics.counter({
      name: 'iot_bridge_append_failures_total',
      help: 'Messages that the log did not take; their devices send them again.',
    }),
    acceptSeconds: metrics.tally({
      name: 'iot_bridge_accept_seconds',
      help: 'From the arrival of a message until it is durable.',
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10],
    }),
  }
}
