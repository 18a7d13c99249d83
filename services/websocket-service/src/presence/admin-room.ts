import type { Session } from '../sessions/session.js'

/** The sessions of this replica that hear administrators' news. Roles change while a session lives, so it is looked at again. */
export class AdminRoom {
  readonly #members = new Set<Session>()

  get members(): Iterable<Session> {
    return this.#members
  }

  /** Lets in who has become an administrator, and puts out who is none any more. */
  sync(sessions: Iterable<Session>): void {
    for (const session of sessions) {
      const isAdmin = session.user.role === 'admin'
      if (isAdmin === this.#members.has(session)) continue
      if (isAdmin) {
        this.#members.add(session)
        session.link.join('admins')
      } else {
        this.#members.delete(session)
        session.link.leave('admins')
      }
    }
  }

  remove(session: Session): void {
    this.#members.delete(session)
  }
}
