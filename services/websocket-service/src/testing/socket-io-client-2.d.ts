/** What the tests use of Socket.IO 2’s client, which brings no types. */
declare module 'socket.io-client-2' {
  export interface OldSocket {
    readonly id: string
    readonly connected: boolean
    on(event: string, listener: (...args: never[]) => void): this
    once(event: string, listener: (...args: never[]) => void): this
    emit(event: string, ...args: unknown[]): this
    close(): this
    readonly io: { readonly engine: { readonly transport: { readonly name: string } } }
  }
  function connect(url: string, options: Record<string, unknown>): OldSocket
  export default connect
}
