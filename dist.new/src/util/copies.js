// Notices when a program has loaded two copies of this library, whose tensors and classes do not know each other.
const KEY = Symbol.for('sensorium.copies');
const shared = globalThis;
const loaded = shared[KEY] ?? new Set();
shared[KEY] = loaded;
loaded.add(new URL('..', import.meta.url).href);
/** A hint for errors that a second copy explains; undefined where there is one copy only. */
export function copiesHint() {
    if (loaded.size < 2)
        return undefined;
    return `Two copies of the library are loaded (${[...loaded].join(' and ')}): import everything from one of them`;
}
//# sourceMappingURL=copies.js.map