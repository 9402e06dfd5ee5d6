// Live progress on stderr: one status line that redraws itself, or a plain line every few seconds where there is no terminal.
import { isFirstRank } from '../runtime/launch.js';
import { formatDuration, formatRate } from '../util/progress.js';
const ETA_AFTER_MS = 1500;
/** A bar of `width` characters; eighths of a block show the fraction. */
export function bar(fraction, width) {
    const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
    const full = Math.floor(eighths / 8);
    const part = eighths % 8;
    return ('█'.repeat(full) + (part > 0 ? String.fromCodePoint(0x2590 - part) : '')).padEnd(width, '░');
}
/** The words of a status without its bar. */
export function describe(status, eta = status.eta) {
    const { done, total, format = String, loss, tokensPerSecond, gflops, note } = status;
    const parts = [];
    if (done !== undefined)
        parts.push(total === undefined ? format(done) : `${format(done)}/${format(total)}`);
    if (loss !== undefined)
        parts.push(`loss ${loss.toFixed(loss < 0.1 ? 4 : 3)}`);
    if (tokensPerSecond !== undefined)
        parts.push(formatRate(tokensPerSecond, 'tok'));
    if (gflops !== undefined)
        parts.push(`${gflops.toFixed(0)} GFLOP/s`);
    if (eta !== undefined && Number.isFinite(eta))
        parts.push(`ETA ${formatDuration(eta)}`);
    if (note)
        parts.push(note);
    return parts.join(' · ');
}
/** Terminal cells of a text: wide (CJK, emoji) characters take two. */
function cells(text) {
    let n = 0;
    for (const ch of text)
        n += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(ch)
            ? 2
            : 1;
    return n;
}
function shorten(text, width) {
    if (cells(text) <= width)
        return text;
    let out = '';
    let used = 1;
    for (const ch of text) {
        used += cells(ch);
        if (used > width)
            break;
        out += ch;
    }
    return `${out}…`;
}
/** Makes a progress display on stderr. */
export function createProgress(options = {}) {
    const { stream = isFirstRank() ? process.stderr : { write: () => true }, redrawMs = 80, lineMs = 5000, now = () => performance.now(), } = options;
    const live = Boolean(stream.isTTY) && process.env.TERM !== 'dumb';
    let label;
    let began = 0;
    let beganAt = 0;
    let shownAt = Number.NEGATIVE_INFINITY;
    let drawn = false;
    const clear = () => {
        if (drawn)
            stream.write('\r\x1b[K');
        drawn = false;
    };
    return {
        update(status) {
            const time = now();
            if (status.label !== label) {
                label = status.label;
                began = status.done ?? 0;
                beganAt = time;
                shownAt = Number.NEGATIVE_INFINITY;
            }
            const { done, total } = status;
            const last = done !== undefined && total !== undefined && done >= total;
            if (!last && time - shownAt < (live ? redrawMs : lineMs))
                return;
            shownAt = time;
            let eta = status.eta;
            // Steps of a resumed run that were done before do not count for the pace.
            if (eta === undefined && done !== undefined && total !== undefined && done > began && time - beganAt > ETA_AFTER_MS)
                eta = (((time - beganAt) / (done - began)) * (total - done)) / 1000;
            if (last)
                eta = undefined;
            const words = describe(status, eta);
            if (!live) {
                stream.write(`${status.label}${words ? `: ${words}` : ''}\n`);
                return;
            }
            const width = Math.max(20, stream.columns || 80) - 1;
            const drawing = done !== undefined && total !== undefined && total > 0 && width >= 60 ? `${bar(done / total, width >= 100 ? 20 : 10)} ` : '';
            stream.write(`\r\x1b[K${shorten(`${status.label} ${drawing}${words}`, width)}`);
            drawn = true;
        },
        line(text) {
            clear();
            stream.write(`${text}\n`);
        },
        end() {
            clear();
            label = undefined;
        },
    };
}
//# sourceMappingURL=terminal.js.map