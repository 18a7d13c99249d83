import { createRequire } from 'node:module'
import { decodeFetchAnswer } from './fetch-answer.js'
import { encodeFetchRequest } from './fetch-request.js'
import type { Broker, FetchAnswer, FetchRequest, ProduceRequest } from './kafka-cluster.js'
import { encodeProduceRequest } from './produce-request.js'

/** How the client hands a request to a connection: what it says, and how its answer is read. */
interface ClientRequest {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    encode(): Promise<{ buf: Buffer; buffer: Buffer }>
  }
  readonly response: { decode(bytes: Buffer): Promise<unknown>; parse(answer: unknown): Promise<unknown> }
}
type ClientBroker = Broker & Record<symbol, (request: ClientRequest) => Promise<never>>

const SEND_REQUEST = 'private:Broker:sendRequest'
const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce' }
const FETCH = { apiKey: 1, apiVersion: 11, apiName: 'Fetch' }

const require = createRequire(import.meta.url)
let isDone = false

/**
 * What is written and read goes by our own encoder and decoder from here on, over the client's connections (kafkajs 2.2.4),
 * which still count, time and answer the requests. Its own producer and consumer, which nobody uses, would not understand
 * that. Versions are named, not negotiated: every broker since Kafka 2.3 knows them.
 */
export function replaceRecordRequests(): void {
  if (isDone) return
  isDone = true
  const { prototype } = require('kafkajs/src/broker') as { prototype: ClientBroker }
  const send = Object.getOwnPropertySymbols(prototype).find(({ description }) => description === SEND_REQUEST)
  if (!send) throw new Error('this version of kafkajs does not send requests as 2.2.4 does: pin 2.2.4')
  const produceAnswer =
    require('kafkajs/src/protocol/requests/produce/v7/response') as ClientRequest['response']
  const { parse } = require('kafkajs/src/protocol/requests/fetch/v11/response') as ClientRequest['response']
  const fetchAnswer = { decode: decodeFetchAnswer, parse }

  prototype.produce = function produce(this: ClientBroker, request: ProduceRequest) {
    const encode = async () => encoded(encodeProduceRequest(request))
    return this[send]!({ request: { ...PRODUCE, encode }, response: produceAnswer })
  }
  prototype.fetch = function fetch(this: ClientBroker, request: FetchRequest): Promise<FetchAnswer> {
    const encode = async () => encoded(encodeFetchRequest(request))
    return this[send]!({ request: { ...FETCH, encode }, response: fetchAnswer })
  }
}

/** As the client's own encoder looks when it is through. */
function encoded(bytes: Buffer): { buf: Buffer; buffer: Buffer } {
  return { buf: bytes, buffer: bytes }
}
