// Stop strings in text that is still growing.
/** Where the first of the stop strings begins; -1 when there is none. */
export function firstStop(text, stops) {
    const found = stops.map((s) => text.indexOf(s)).filter((i) => i >= 0);
    return found.length > 0 ? Math.min(...found) : -1;
}
/** Length of the longest end of `text` that could be the beginning of a stop string. */
export function danglingStop(text, stops) {
    let longest = 0;
    for (const s of stops)
        for (let n = Math.min(s.length - 1, text.length); n > longest; n--)
            if (text.endsWith(s.slice(0, n)))
                longest = n;
    return longest;
}
/** The text of a reply as it grows: what could begin a stop string is held back until it is known not to. */
export class StoppingText {
    stops;
    held = '';
    constructor(stops) {
        this.stops = stops;
    }
    /** Takes new text and returns what is certain; `stopped` when a stop string ends the reply there. `look` false looks for none. */
    push(text, look = true) {
        this.held += text;
        const cut = look ? firstStop(this.held, this.stops) : -1;
        const stopped = cut >= 0;
        const certain = this.held.slice(0, stopped ? cut : this.held.length - danglingStop(this.held, this.stops));
        this.held = stopped ? '' : this.held.slice(certain.length);
        return { text: certain, stopped };
    }
    /** The rest, where no stop string came. */
    end(text = '') {
        const { text: certain, stopped } = this.push(text);
        const rest = certain + this.held;
        this.held = '';
        return { text: rest, stopped };
    }
}
//# sourceMappingURL=stops.js.map