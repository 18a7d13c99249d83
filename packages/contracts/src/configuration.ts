import type { TSchema } from 'typebox'
import { choice, flag, text, whole } from './variable-kinds.js'

/**
 * Every environment variable of the system, once: type, bounds, default and what it is for.
 * A service names those it needs (its config.ts); `.env.example` and the reference are made from here.
 */
export const VARIABLES = {
  NODE_ENV: choice(
    'In production a missing, short or example secret stops the start.',
    ['production', 'development', 'test'],
    'production',
  ),
  SERVICE_NAME: text('Name of this process in logs and metrics.', { default: 'iot-monitoring' }),
  LOG_LEVEL: choice(
    'Least important level that is logged.',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    'info',
  ),
  CONFIG_FILE: text('A JSON file of variables, {"NAME": value}, under those of the environment; no secrets.'),
  METRICS_ENABLED: flag('Serve /metrics for Prometheus.', true),
  HEALTH_CHECK_INTERVAL: whole('How often the database is looked at, ms.', 30_000, 1_000, 600_000),

  HOST: text('Address that the HTTP port is bound to.', { default: '0.0.0.0' }),
  PORT: whole('HTTP port: dashboard, REST and sockets.', 8_080, 0, 65_535),
  FRONTEND_URL: text('Where people open the dashboard; an allowed origin, and the start of printed links.', {
    aliases: ['CLIENT_URL'],
  }),
  CORS_ORIGINS: text('Further origins that may use REST and sockets, separated by commas.', { default: '' }),
  TRUST_PROXY: text('Addresses of proxies whose X-Forwarded-For is believed, separated by commas.', {
    default: '',
  }),

  JWT_SECRET: text(
    'Signs access tokens (HS256), at least 32 bytes. All-in-one makes its own in the data folder.',
    { secret: true },
  ),
  ADMIN_USERNAME: text('First administrator; without it the first start prints a one-time set-up link.', {
    pattern: '^[A-Za-z0-9_.@-]{1,64}$',
  }),
  ADMIN_PASSWORD: text('Password of the first administrator, at least 10 characters.', { secret: true }),
  ANONYMOUS_ROLE: text(
    'Where it is `user`, who has no token may watch, over REST and sockets, as a user without a name; no other role can be given.',
    { pattern: '^user$' },
  ),
  LOGIN_MAX_FAILURES: whole(
    'Failed logins of an account from one address in 15 minutes before it has to wait, over HTTP and over MQTT.',
    10,
    1,
    1_000,
  ),
  RATE_LIMIT_WINDOW: whole('Window of RATE_LIMIT_MAX_REQUESTS, ms.', 900_000, 1_000, 86_400_000),
  RATE_LIMIT_MAX_REQUESTS: whole(
    'Requests without a login, and failed logins and handshakes, per address and window.',
    100,
    1,
    1_000_000,
  ),
  USER_RATE_LIMIT_PER_MINUTE: whole('Requests per minute of somebody signed in.', 600, 1, 1_000_000),

  SOCKET_IO_PATH: text('Path of the sockets.', { default: '/socket.io', pattern: '^/[A-Za-z0-9._/-]*$' }),
  SOCKET_IO_PING_INTERVAL: whole('Between two pings of the server, ms.', 25_000, 1_000, 600_000, [
    'SOCKET_PING_INTERVAL',
  ]),
  SOCKET_IO_PING_TIMEOUT: whole('How long a pong may take, ms.', 20_000, 1_000, 600_000, [
    'SOCKET_PING_TIMEOUT',
  ]),
  SOCKET_IO_MAX_CLIENTS: whole('Connections of one replica.', 10_000, 1, 1_000_000),
  SOCKET_MAX_SUBSCRIPTIONS: whole('Subscriptions of one connection.', 1_000, 1, 100_000),
  SOCKET_MESSAGES_PER_SECOND: whole('Messages per second of one connection.', 50, 1, 10_000),
  SOCKET_HANDSHAKES_PER_SECOND: whole(
    'Handshakes of one replica in a second; who comes beyond is told when it is their turn.',
    500,
    1,
    100_000,
  ),
  SOCKET_IDLE_TIMEOUT: whole(
    'How long a connection may neither subscribe nor ask for anything before it is closed, ms; pings are no question.',
    3_600_000,
    10_000,
    604_800_000,
  ),
  SOCKET_IO_ALLOW_EIO3: flag(
    'Clients of Socket.IO 2 (Engine.IO 3) too; they send their token in the query of the URL.',
    false,
  ),
  SOCKET_MAX_PACKET_BYTES: whole('Largest packet a client may send.', 131_072, 1_024, 10_485_760),
  SOCKET_MAX_CONNECTIONS_PER_USER: whole('Connections of one user, over all replicas.', 50, 1, 10_000),
  SOCKET_MAX_CONNECTIONS_PER_ADDRESS: whole(
    'Connections from one address (IPv6: one /64), over all replicas.',
    1_000,
    1,
    1_000_000,
  ),
  SOCKET_BACKLOG_BYTES: whole(
    'Bytes that may wait for one client before it gets the newest values only.',
    1_048_576,
    65_536,
    67_108_864,
  ),

  MQTT_HOST: text('Address that the MQTT port is bound to.', { default: '0.0.0.0' }),
  MQTT_PORT: whole('MQTT port of the listener.', 1_883, 0, 65_535),
  MQTT_TOPIC_SENSOR_DATA: text('Topic on which a message names its device itself.', {
    default: 'sensor/data',
    pattern: '^[^+#\\u0000]{1,256}$',
  }),
  MQTT_ALLOW_ANONYMOUS: flag('Devices without credentials from anywhere, not from loopback only.', false),
  MQTT_MAX_PACKET_BYTES: whole(
    'Largest MQTT packet; a larger one ends the connection.',
    524_288,
    1_024,
    16_777_216,
  ),
  MQTT_MAX_CONNECTIONS: whole('MQTT connections at once.', 10_000, 1, 1_000_000),
  MQTT_MAX_IN_FLIGHT: whole(
    'Unacknowledged messages of one connection before its socket is not read.',
    64,
    1,
    65_535,
  ),
  MQTT_MESSAGES_PER_SECOND: whole(
    'Messages per second of one connection; faster is slowed down, never dropped.',
    5_000,
    1,
    1_000_000,
  ),
  MQTT_CONNECT_TIMEOUT_MS: whole('How long a connection may take to say CONNECT.', 10_000, 100, 120_000),
  MAX_DEVICES: whole(
    'Devices in all; messages of further ones are dead letters. The same for ingestion and websocket-service.',
    20_000,
    1,
    1_000_000,
  ),

  DATA_DIR: text('Folder of all-in-one: database, secrets.', { default: './data' }),
  DATABASE_URL: text(
    'A PostgreSQL server of one’s own (TimescaleDB is used where it has it), instead of the embedded one.',
    { secret: true },
  ),
  EMBEDDED_POSTGRES_PORT: whole(
    'Port of the embedded PostgreSQL on 127.0.0.1; 0: any free one.',
    0,
    0,
    65_535,
  ),
  RETENTION_DAYS: whole('Days that readings are kept.', 400, 1, 36_500),
  ALERT_RETENTION_DAYS: whole(
    'Days that closed alerts are kept; longer than the log keeps what has become of them.',
    400,
    15,
    36_500,
  ),
  AUDIT_RETENTION_DAYS: whole('Days that the audit log is kept.', 400, 1, 36_500),
  SYSTEM_LAG_RECORDS: whole(
    'Records that a pipeline may be behind the log before a system alert says so.',
    10_000,
    1,
    100_000_000,
  ),
  SYSTEM_STALL_SECONDS: whole(
    'How long a pipeline with work to do may get nothing done before a system alert says so, seconds.',
    30,
    5,
    86_400,
  ),
  SYSTEM_DEAD_LETTERS_PER_MINUTE: whole(
    'Messages that may be refused within a minute before a system alert says so.',
    10,
    1,
    1_000_000,
  ),
  SYSTEM_DISK_PERCENT: whole(
    'How full the disk of the data folder may be before a system alert says so.',
    90,
    1,
    100,
  ),
  LOG_MAX_BYTES: whole(
    'Bound of the event log on disk; at the bound devices wait.',
    2_147_483_648,
    16_777_216,
    1_099_511_627_776,
  ),
  LIVE_WINDOW_BYTES: whole('Memory of the resume window.', 33_554_432, 1_048_576, 1_073_741_824),

  NOTIFY_ALLOWED_HOSTS: text(
    'Hosts (name, host:port) and networks (10.0.0.0/8), separated by commas, that messages about alerts may go to beside addresses of the Internet.',
    { default: '' },
  ),
  SMTP_URL: text(
    'Mail server for messages about alerts: smtp://user:password@host:587, smtps://… where it begins with TLS.',
    { secret: true, pattern: '^smtps?://[^\\s/]+' },
  ),
  SMTP_FROM: text('Address that these mails come from: alerts@example.com, or Name <alerts@example.com>.', {
    pattern: '^[^\\r\\n]*[^\\s@<>]+@[^\\s@<>]+>?$',
  }),

  INGESTION_PIPELINES: text(
    'Pipelines of this ingestion process, separated by commas: bridge, live, archive, notify.',
    {
      default: 'bridge,live,archive,notify',
      pattern: '^(bridge|live|archive|notify)(,(bridge|live|archive|notify))*$',
    },
  ),
  KAFKA_BROKERS: text(
    'Kafka brokers (host:port, separated by commas). Where set, Kafka is the event log, instead of tables in PostgreSQL.',
    { pattern: '^[^\\s,:]+:\\d+(,[^\\s,:]+:\\d+)*$' },
  ),
  KAFKA_CLIENT_ID: text('Name of this system among the clients of Kafka.', { default: 'iot-monitoring' }),
  KAFKA_REPLICATION_FACTOR: whole(
    'Copies of each topic that the migrate job makes; with 3 and more, two must have a record before it is acknowledged.',
    1,
    1,
    7,
  ),
  REDIS_HOST: text(
    'Redis server. Where set, live bus, resume window, newest states, snapshots and counters lie there, shared by all processes.',
  ),
  REDIS_PORT: whole('Port of the Redis server.', 6_379, 1, 65_535),
  REDIS_PASSWORD: text('Password of the Redis server.', { secret: true }),
  MQTT_BROKER_URL: text(
    'An MQTT broker (mqtt://host:port) whose messages one of the bridges reads, beside the listener.',
    { pattern: '^mqtts?://' },
  ),
  MQTT_BROKER_USERNAME: text('Login of the bridge at the MQTT broker.'),
  MQTT_BROKER_PASSWORD: text('Password of the bridge at the MQTT broker.', { secret: true }),
  MQTT_BROKER_AUTH_DIR: text(
    'Folder in which the bridge keeps the logins and rules of the MQTT broker (Mosquitto: password_file, acl_file) in step with the credentials.',
  ),
  MQTT_TRUST_PROXY: text(
    'Addresses of TCP proxies that begin each MQTT connection with a PROXY line, separated by commas.',
    { default: '' },
  ),
  DRAIN_DELAY_MS: whole(
    'How long a websocket replica that was told to stop stays open but not ready, so that the balancer has seen it, ms.',
    0,
    0,
    60_000,
  ),
  DRAIN_SPREAD_MS: whole(
    'Over how long a stopping websocket replica spreads the end of its connections, ms.',
    0,
    0,
    60_000,
  ),

  DASHBOARD_DIR: text('Folder of the built dashboard; served at / where set.'),
  RULES_DIR: text('Folder of alert rules as files (*.json); read again when one changes.', {
    default: 'config/rules',
  }),
  DEMO: flag('A simulated fleet with a past of seven days.', false),
  DEMO_DEVICES: whole('Devices of the simulated fleet.', 24, 1, 1_000),
} as const satisfies Record<string, TSchema>

export type VariableName = keyof typeof VARIABLES

/** Names that the seeds knew and that do nothing any more, with what replaces them. */
export const RETIRED_VARIABLES: Readonly<Record<string, string>> = {
  MONGODB_URI: 'DATABASE_URL (PostgreSQL)',
  REACT_APP_API_URL: 'the page’s own /config.json; VITE_API_URL for its default',
}
