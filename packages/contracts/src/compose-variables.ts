interface ComposeVariable {
  readonly description: string
  /** as docker-compose.yml has it; a test compares */
  readonly default: string
}

/**
 * Variables that docker-compose.yml alone reads, beside those of the services: where the fleet's ports are, and what its
 * servers may take. No service reads them.
 */
export const COMPOSE_VARIABLES = {
  FRONT_DOOR_BIND: { description: 'Address that the front door is published on.', default: '0.0.0.0' },
  FRONT_DOOR_PORT: { description: 'Port of the front door: dashboard, REST and sockets.', default: '8080' },
  TLS_BIND: {
    description:
      'Address that the two ports below are published on; they answer once a certificate lies in haproxy/certs.',
    default: '0.0.0.0',
  },
  TLS_PORT: { description: 'Port of the front door under TLS.', default: '443' },
  TLS_REDIRECT_PORT: { description: 'Port that only sends browsers to the one under TLS.', default: '80' },
  WS_HOST: { description: 'Host under TLS that serves sockets alone.', default: 'ws.iot-monitoring.com' },
  DASHBOARD_HOST: {
    description: 'Host under TLS that serves everything.',
    default: 'dashboard.iot-monitoring.com',
  },
  MQTT_BIND: {
    description:
      'Address that both MQTT ports are published on. Any but a loopback address asks every device for a login.',
    default: '127.0.0.1',
  },
  MQTT_LISTENER_PORT: {
    description: 'MQTT port of the bridges, where an acknowledgement means stored.',
    default: '1884',
  },
  MQTT_BROKER_PORT: { description: 'MQTT port of Mosquitto.', default: '1883' },
  WEBSOCKET_PORT: { description: 'websocket-service by itself, on 127.0.0.1.', default: '3003' },
  WEBSOCKET_REPLICA_PORT: { description: 'Its replicas by themselves, on 127.0.0.1.', default: '3004' },
  GATEWAY_PORT: { description: 'api-gateway by itself, on 127.0.0.1.', default: '5000' },
  INGESTION_PORT: { description: 'Health and metrics of ingestion, on 127.0.0.1.', default: '3001' },
  STATS_PORT: { description: 'Figures and metrics of HAProxy, on 127.0.0.1.', default: '8404' },
  PROMETHEUS_PORT: { description: 'Prometheus (profile monitoring), on 127.0.0.1.', default: '9090' },
  PROMETHEUS_RETENTION: { description: 'How long Prometheus keeps what it has seen.', default: '15d' },
  GRAFANA_PORT: { description: 'Grafana (profile monitoring), on 127.0.0.1.', default: '3000' },
  GRAFANA_PASSWORD: {
    description: 'Password of admin in Grafana; one is made where none is given.',
    default: '',
  },
  DATABASE_PASSWORD: {
    description:
      'Password of the fleet’s own database, fixed by the first start; one is made where none is given.',
    default: '',
  },
  DEMO_PAST_DAYS: {
    description: 'Days of past that the simulator (profile demo) sends first.',
    default: '1',
  },
  EDGE_SUBNET: { description: 'Network between HAProxy and the services.', default: '10.213.80.0/24' },
  EDGE_IP_RANGE: {
    description: 'The part of it that services get addresses from.',
    default: '10.213.80.128/25',
  },
  EDGE_PROXY_ADDRESS: {
    description:
      'HAProxy’s address in it, outside of that part: the only one whose X-Forwarded-For is believed.',
    default: '10.213.80.2',
  },
  WEBSOCKET_STOP_GRACE: {
    description:
      'How long a websocket replica may take to stop; more than DRAIN_DELAY_MS and DRAIN_SPREAD_MS together.',
    default: '30s',
  },
  SERVER_CPUS: { description: 'CPUs that Kafka and the database may use, each.', default: '2.0' },
  KAFKA_HEAP_OPTS: {
    description: 'Memory of Kafka.',
    default:
      '-Xms192m -Xmx320m -XX:+UseSerialGC -XX:MaxMetaspaceSize=128m -XX:ReservedCodeCacheSize=96m -Xss512k',
  },
  POSTGRES_SHARED_BUFFERS: {
    description: 'Memory that the database shares among its processes.',
    default: '128MB',
  },
  IOT_IMAGE: { description: 'Image of the services.', default: 'iot-monitoring:latest' },
  IOT_DASHBOARD_IMAGE: { description: 'Image of the dashboard.', default: 'iot-monitoring-dashboard:latest' },
  IOT_SECRETS_IMAGE: {
    description: 'Image of the job that makes secrets.',
    default: 'iot-monitoring-secrets:latest',
  },
  NPM_CONFIG_REGISTRY: {
    description: 'Registry that the images are built from; npm’s own without it.',
    default: '',
  },
} as const satisfies Record<string, ComposeVariable>
