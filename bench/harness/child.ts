import { type ChildProcess, fork } from 'node:child_process'

/** A process of a benchmark, run from source; it ends when the parent disconnects. */
export function start(file: URL, ...args: string[]): ChildProcess {
  return fork(file, args, { execArgv: ['--conditions=source', '--import', 'tsx', '--expose-gc'] })
}

/** The next message of a kind. Rejects when the process ends first. */
export async function heard<Message extends { kind: string }, Kind extends Message['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<Message, { kind: Kind }>> {
  return await new Promise((resolve, reject) => {
    const onExit = () => reject(new Error(`a process ended while “${kind}” was awaited`))
    const onMessage = (message: Message) => {
      if (message.kind !== kind) return
      child.off('message', onMessage)
      child.off('exit', onExit)
      resolve(message as Extract<Message, { kind: Kind }>)
    }
    child.on('message', onMessage)
    child.on('exit', onExit)
  })
}

/** Ends a process, where it has not ended by itself. */
export function end(child: ChildProcess): void {
  if (child.connected) child.disconnect()
}
