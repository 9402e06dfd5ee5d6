// Values of any kind as short text for messages.
const MOST = 120;
/** JSON where a value has any, else its type; never throws. */
export function show(value) {
    if (typeof value === 'number')
        return String(value);
    if (typeof value === 'bigint')
        return `${value}n`;
    try {
        const text = JSON.stringify(value);
        if (text !== undefined)
            return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
    }
    catch {
        // What JSON cannot hold (circles, big numbers inside) is named by its type.
    }
    return typeof value === 'function' ? 'a function' : typeof value === 'symbol' ? 'a symbol' : typeof value;
}
//# sourceMappingURL=show.js.map