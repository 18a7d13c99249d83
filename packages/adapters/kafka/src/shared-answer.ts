/** One promise for several records: it resolves when all are durable, and rejects when one of them won't be. */
export class SharedAnswer {
  readonly written: Promise<void>
  #open = 0
  #length = 0
  #failure: Error | undefined
  #resolve: () => void = () => {}
  #reject: (error: Error) => void = () => {}

  constructor() {
    this.written = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** records that are not answered yet */
  get open(): number {
    return this.#open
  }

  /** characters of all its records */
  get length(): number {
    return this.#length
  }

  add(length: number): void {
    this.#open += 1
    this.#length += length
  }

  resolve(): void {
    this.#settle()
  }

  reject(error: Error): void {
    this.#failure ??= error
    this.#settle()
  }

  #settle(): void {
    this.#open -= 1
    if (this.#open > 0) return
    if (this.#failure) this.#reject(this.#failure)
    else this.#resolve()
  }
}
