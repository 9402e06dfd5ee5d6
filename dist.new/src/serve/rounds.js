// Whose turn it is: places that become free go round among those who wait, however many requests each of them has.
/** Counts the places of owners and chooses the next: the owner with the fewest, of several the one whose last turn is longest ago. */
export class Rounds {
    owners = new Map();
    turn = 0;
    /** Notes that an owner has one place more, and returns how it is given back. */
    enter(owner) {
        const known = this.owners.get(owner) ?? { places: 0, last: 0 };
        this.owners.set(owner, known);
        known.places++;
        known.last = ++this.turn;
        return () => void known.places--;
    }
    /** Takes the next out of those that wait, in the order in which they came; undefined where none does. */
    next(waiting) {
        let best;
        let [fewest, oldest] = [Number.POSITIVE_INFINITY, 0];
        for (const waiter of waiting) {
            const { places, last } = this.owners.get(waiter.owner) ?? { places: 0, last: 0 };
            if (places < fewest || (places === fewest && last < oldest))
                [best, fewest, oldest] = [waiter, places, last];
        }
        if (best)
            waiting.splice(waiting.indexOf(best), 1);
        this.forget(waiting);
        return best;
    }
    /** Owners without a place, and without anything that waits, are strangers again. */
    forget(waiting) {
        if (this.owners.size < MOST_KNOWN)
            return;
        const here = new Set(waiting.map(({ owner }) => owner));
        for (const [owner, { places }] of this.owners)
            if (places === 0 && !here.has(owner))
                this.owners.delete(owner);
    }
}
/** Owners that are remembered before those who left are forgotten. */
const MOST_KNOWN = 1000;
//# sourceMappingURL=rounds.js.map