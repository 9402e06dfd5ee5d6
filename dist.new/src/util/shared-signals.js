// One listener for each abort signal, whatever the number of requests that it ends.
/** Members by the signal that ends them. A signal is listened to while it has members. */
export class SharedSignals {
    end;
    groups = new Map();
    /** `end` is called for each member of a signal that is aborted, with its reason. */
    constructor(end) {
        this.end = end;
    }
    join(signal, member) {
        if (!signal)
            return;
        let group = this.groups.get(signal);
        if (!group) {
            const members = new Set();
            const abort = () => {
                for (const one of [...members])
                    this.end(one, signal.reason);
            };
            group = { members, abort };
            this.groups.set(signal, group);
            signal.addEventListener('abort', abort);
        }
        group.members.add(member);
    }
    leave(signal, member) {
        const group = signal && this.groups.get(signal);
        if (!group)
            return;
        group.members.delete(member);
        if (group.members.size > 0)
            return;
        signal.removeEventListener('abort', group.abort);
        this.groups.delete(signal);
    }
}
//# sourceMappingURL=shared-signals.js.map