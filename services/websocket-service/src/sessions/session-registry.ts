import type { Session } from './session.js'

/** The sessions of this replica, and the places taken by connections that are on their way to be one. */
export class SessionRegistry {
  readonly #sessions = new Set<Session>()
  readonly #placesByUser = new Map<string, number>()
  #places = 0

  /** Connections that were let in and have not closed. */
  get places(): number {
    return this.#places
  }

  get users(): number {
    return this.#placesByUser.size
  }

  placesOf(userId: string): number {
    return this.#placesByUser.get(userId) ?? 0
  }

  takePlace(userId: string): void {
    this.#places += 1
    this.#placesByUser.set(userId, this.placesOf(userId) + 1)
  }

  /** Gives one back that was taken. */
  leavePlace(userId: string): void {
    this.#places -= 1
    const left = this.placesOf(userId) - 1
    if (left > 0) this.#placesByUser.set(userId, left)
    else this.#placesByUser.delete(userId)
  }

  add(session: Session): void {
    this.#sessions.add(session)
  }

  remove(session: Session): void {
    this.#sessions.delete(session)
  }

  all(): Iterable<Session> {
    return this.#sessions
  }
}
