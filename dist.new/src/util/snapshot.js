// Copies of data that show later whether it was changed in place. Texts are not copied, and equal ones are compared at no cost.
/** Plain objects and lists copied, everything else as it is. */
export function snapshot(value) {
    if (Array.isArray(value))
        return value.map(snapshot);
    if (!isPlain(value))
        return value;
    const copy = {};
    for (const [key, one] of Object.entries(value))
        copy[key] = snapshot(one);
    return copy;
}
/** Whether a value is as it was when the snapshot was made. */
export function isSame(before, now) {
    if (Array.isArray(before) && Array.isArray(now))
        return before.length === now.length && before.every((one, i) => isSame(one, now[i]));
    if (!isPlain(before) || !isPlain(now))
        return Object.is(before, now);
    const keys = Object.keys(before);
    return keys.length === Object.keys(now).length && keys.every((key) => Object.hasOwn(now, key) && isSame(before[key], now[key]));
}
function isPlain(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) === Object.prototype;
}
//# sourceMappingURL=snapshot.js.map