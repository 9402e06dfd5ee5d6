// Log lines of `serve`, one for each request.
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a stranger wrote may hold them, a terminal must not get them
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
/** Clients on this machine; who is elsewhere is named. */
const OWN = /^(127\.|::1$|local$)/;
/** `12:00:01 POST /v1/chat/completions 200 34 ms req_5f… sensorium-tiny 26+12 tokens from 10.0.0.7`. */
export function textLine(record) {
    const { id, method, path, status, ms, model, promptTokens, completionTokens, firstMs, key, address, error, cause } = record;
    const parts = [
        new Date().toISOString().slice(11, 19),
        method,
        path.replace(CONTROL, '?').slice(0, 200),
        String(status),
        `${Math.round(ms)} ms`,
        id,
    ];
    if (model !== undefined)
        parts.push(model);
    if (promptTokens !== undefined)
        parts.push(`${promptTokens}+${completionTokens ?? 0} tokens`);
    if (firstMs !== undefined)
        parts.push(`first after ${Math.round(firstMs)} ms`);
    if (key !== undefined)
        parts.push(`key ${key}`);
    if (address !== undefined && !OWN.test(address))
        parts.push(`from ${address.replace(CONTROL, '?')}`);
    if (error !== undefined)
        parts.push(`- ${error.replace(CONTROL, ' ').slice(0, 300)}`);
    if (cause !== undefined)
        parts.push(`(${reasonOf(cause)})`);
    return parts.join(' ');
}
/** The same as an object on one line. */
export function jsonLine({ cause, ms, firstMs, ...record }) {
    const rounded = { ms: Math.round(ms * 10) / 10, firstMs: firstMs === undefined ? undefined : Math.round(firstMs * 10) / 10 };
    return JSON.stringify({
        time: new Date().toISOString(),
        level: record.status >= 500 ? 'error' : record.status >= 400 ? 'warning' : 'info',
        ...record,
        ...rounded,
        cause: cause === undefined ? undefined : reasonOf(cause),
    });
}
function reasonOf(cause) {
    return (cause instanceof Error ? (process.env.SENSORIUM_DEBUG ? (cause.stack ?? cause.message) : cause.message) : String(cause)).replace(CONTROL, ' ');
}
//# sourceMappingURL=serve-log.js.map