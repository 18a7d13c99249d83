import type { Socket } from 'node:net'
import type { Logger } from '@iot/runtime'
import kafkajs from 'kafkajs'
import { AnswerSocket } from './answer-socket.js'
import { replaceRecordRequests } from './broker-requests.js'
import { calmRequestQueues } from './request-queue.js'

// Node finds some names of a CommonJS module by its default export alone.
export const { AssignerProtocol, ConfigResourceTypes } = kafkajs

/** How long a broker may take to accept a connection and name its versions. */
const CONNECT_TIMEOUT_MS = 3_000
const KEEP_ALIVE_MS = 60_000

export type Dial = (host: string, port: number) => Socket

/** The only way to the client, since what is mended of it is mended here. */
export function createKafkaClient(options: {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly requestTimeoutMs: number
  /** how often the client itself tries a call again */
  readonly retries: number
  readonly log: Logger
  readonly dial?: Dial
}): kafkajs.Kafka {
  calmRequestQueues()
  replaceRecordRequests()
  const { log, dial = dialBroker } = options
  return new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs,
    retry: { retries: options.retries },
    logLevel: kafkajs.logLevel.WARN,
    // Whatever it logs as an error it also throws, and much of it is the daily life of a group.
    logCreator:
      () =>
      ({ log: { message, error, broker } }) =>
        log.debug({ broker, error }, `kafka client: ${message}`),
    socketFactory: ({ host, port, onConnect }) => {
      const socket = dial(host, port)
      socket.once('connect', onConnect)
      socket.setKeepAlive(true, KEEP_ALIVE_MS)
      socket.setNoDelay(true)
      socket.once('close', () => {
        // The client lets go of its last socket at every attempt to connect, and each would leave a listener on it.
        socket.unref = () => socket
      })
      return socket
    },
  })
}

/** A socket that is on its way to a broker. */
export function dialBroker(host: string, port: number): Socket {
  return new AnswerSocket().connect({ host, port })
}
