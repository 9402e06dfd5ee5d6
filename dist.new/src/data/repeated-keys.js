// Keys that stand twice in one JSON object: JSON.parse keeps the last and says nothing.
/** Keys of all objects within a JSON value. */
export function countKeys(value) {
    let keys = 0;
    const open = [value];
    while (open.length > 0) {
        const at = open.pop();
        if (typeof at !== 'object' || at === null)
            continue;
        const inner = Object.values(at);
        if (!Array.isArray(at))
            keys += inner.length;
        for (const item of inner)
            if (typeof item === 'object')
                open.push(item);
    }
    return keys;
}
/** The first key of valid JSON text that its object has already. */
export function repeatedKey(text) {
    const objects = [];
    for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g)) {
        if (token === '{')
            objects.push(new Set());
        else if (token === '[')
            objects.push(undefined);
        else if (token === '}' || token === ']')
            objects.pop();
        else if (token.endsWith(':')) {
            const key = JSON.parse(token.replace(/\s*:$/, ''));
            if (objects.at(-1)?.has(key))
                return key;
            objects.at(-1)?.add(key);
        }
    }
    return undefined;
}
//# sourceMappingURL=repeated-keys.js.map