interface Turn<Value> {
  running: Promise<Value>
  next?: Promise<Value>
}

/**
 * Answers the same question for all who ask it. Who comes while it is being answered shares the next answer: work on that
 * begins after they came, so nothing that happened before their call is missing in it. A question is forgotten with its
 * last answer.
 */
export function createSharing<Value>(): (key: string, ask: () => Promise<Value>) => Promise<Value> {
  const turns = new Map<string, Turn<Value>>()

  function begin(key: string, ask: () => Promise<Value>): Promise<Value> {
    const turn: Turn<Value> = {
      running: ask().finally(() => {
        if (turns.get(key) === turn && !turn.next) turns.delete(key)
      }),
    }
    turns.set(key, turn)
    return turn.running
  }

  return (key, ask) => {
    const turn = turns.get(key)
    if (!turn) return begin(key, ask)
    const again = () => begin(key, ask)
    turn.next ??= turn.running.then(again, again)
    return turn.next
  }
}
