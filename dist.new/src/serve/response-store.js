// Responses that later requests may name: kept in memory for their owner alone, the oldest forgotten first.
import { ApiError } from './errors.js';
/** A bounded store. */
export class ResponseStore {
    maxBytes;
    owners = new Map();
    total = 0;
    /** `maxBytes` bounds all that is kept; 0 keeps nothing. */
    constructor(maxBytes) {
        this.maxBytes = maxBytes;
    }
    /** Bytes that are kept, about those of JSON. */
    get bytes() {
        return this.total;
    }
    /** Keeps a response, unless it is larger than the store. Where room is short, the owner who has most loses the oldest. */
    put(owner, stored) {
        const bytes = 2 * (lengthOf(stored.response) + lengthOf(stored.conversation));
        if (bytes > this.maxBytes)
            return;
        const entry = { ...stored, bytes };
        const owned = this.owners.get(owner) ?? { bytes: 0, entries: new Map(), items: new Map() };
        this.owners.set(owner, owned);
        owned.entries.set(stored.response.id, entry);
        for (const item of [...stored.input, ...stored.response.output])
            if ('id' in item && item.id)
                owned.items.set(item.id, { item, entry });
        owned.bytes += bytes;
        this.total += bytes;
        while (this.total > this.maxBytes)
            this.forgetOne();
    }
    /** Throws `ApiError` 404 for a response that is not there or another's. */
    get(owner, id, param) {
        const entry = this.owners.get(owner)?.entries.get(id);
        if (entry)
            return entry;
        throw notFound(`Response with id '${id.slice(0, 100)}' not found`, param);
    }
    /** Throws like `get`. */
    delete(owner, id) {
        this.get(owner, id);
        this.remove(owner, id);
    }
    /** An item of the input or output of a response that is kept, by its id. Throws `ApiError` 404. */
    item(owner, id, param) {
        const found = this.owners.get(owner)?.items.get(id);
        if (found)
            return found.item;
        throw notFound(`Item with id '${id.slice(0, 100)}' not found`, param);
    }
    forgetOne() {
        let most;
        for (const each of this.owners)
            if (!most || each[1].bytes > most[1].bytes)
                most = each;
        const [owner, owned] = most;
        this.remove(owner, owned.entries.keys().next().value);
    }
    remove(owner, id) {
        const owned = this.owners.get(owner);
        const entry = owned.entries.get(id);
        owned.entries.delete(id);
        for (const item of [...entry.input, ...entry.response.output])
            if ('id' in item && item.id && owned.items.get(item.id)?.entry === entry)
                owned.items.delete(item.id);
        owned.bytes -= entry.bytes;
        this.total -= entry.bytes;
        if (owned.entries.size === 0)
            this.owners.delete(owner);
    }
}
/** Characters of a value as JSON, but for those that are escaped: nothing is written, so a conversation of megabytes takes no longer than its values. */
function lengthOf(value) {
    if (typeof value === 'string')
        return value.length + 2;
    if (typeof value !== 'object' || value === null)
        return String(value).length;
    let length = 2;
    if (Array.isArray(value))
        for (const one of value)
            length += lengthOf(one) + 1;
    else
        for (const [key, one] of Object.entries(value))
            if (one !== undefined)
                length += key.length + 4 + lengthOf(one);
    return length;
}
function notFound(summary, param) {
    return new ApiError(404, summary, {
        param,
        code: 'response_not_found',
        hint: 'Responses are kept in memory for a while and for their owner alone; send the conversation itself.',
    });
}
//# sourceMappingURL=response-store.js.map