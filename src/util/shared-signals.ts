// One listener for each abort signal, whatever the number of requests that it ends.

/** Members by the signal that ends them. A signal is listened to while it has members. */
export class SharedSignals<T> {
  private readonly groups = new Map<AbortSignal, { members: Set<T>; abort: () => void }>();

  /** `end` is called for each member of a signal that is aborted, with its reason. */
  constructor(private readonly end: (member: T, reason: unknown) => void) {}

  join(signal: AbortSignal | undefined, member: T): void {
    if (!signal) return;
    let group = this.groups.get(signal);
    if (!group) {
      const members = new Set<T>();
      const abort = (): void => {
        for (const one of [...members]) this.end(one, signal.reason);
      };
      group = { members, abort };
      this.groups.set(signal, group);
      signal.addEventListener('abort', abort);
    }
    group.members.add(member);
  }

  leave(signal: AbortSignal | undefined, member: T): void {
    const group = signal && this.groups.get(signal);
    if (!group) return;
    group.members.delete(member);
    if (group.members.size > 0) return;
    signal.removeEventListener('abort', group.abort);
    this.groups.delete(signal);
  }
}
