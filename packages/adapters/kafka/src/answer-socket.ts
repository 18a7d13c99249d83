import { Socket } from 'node:net'

const LENGTH_BYTES = 4

/**
 * A connection to a broker that hands out whole answers only, each a length (32 bits, big-endian) and what it counts.
 * The client (kafkajs 2.2.4) keeps the beginning of an answer when its connection is lost, and reads everything that
 * comes on the next one as its rest: from then on no request would ever be answered. Here that half dies with its
 * socket.
 */
export class AnswerSocket extends Socket {
  #chunks: Buffer[] = []
  #bufferedBytes = 0
  /** what has to be there before there is anything to hand out */
  #neededBytes = LENGTH_BYTES

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event !== 'data') return super.emit(event, ...args)
    this.#chunks.push(args[0] as Buffer)
    this.#bufferedBytes += (args[0] as Buffer).length
    if (this.#bufferedBytes < this.#neededBytes) return true
    let rest = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    for (;;) {
      this.#neededBytes = LENGTH_BYTES + (rest.length < LENGTH_BYTES ? 0 : rest.readUInt32BE())
      if (rest.length < this.#neededBytes) break
      super.emit('data', rest.subarray(0, this.#neededBytes))
      rest = rest.subarray(this.#neededBytes)
    }
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#bufferedBytes = rest.length
    return true
  }
}
