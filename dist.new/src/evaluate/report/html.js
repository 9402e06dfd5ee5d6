// Text into HTML: the one place that escapes, and how numbers read.
/** Markup that is already safe; everything else that goes into `html` is escaped. */
export class Html {
    text;
    constructor(text) {
        this.text = text;
    }
    toString() {
        return this.text;
    }
}
/** Escapes text for element content and quoted attributes. */
export function escapeText(text) {
    return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
function render(part) {
    if (part === undefined || part === false)
        return '';
    if (part instanceof Html)
        return part.text;
    if (Array.isArray(part))
        return part.map(render).join('');
    return escapeText(String(part));
}
/** Tagged template: interpolated text is escaped, `Html` and lists of it go in as they are. */
export function html(strings, ...parts) {
    return new Html(strings.reduce((out, s, i) => out + render(parts[i - 1]) + s));
}
/** JSON for a `<script>` element: no sequence in it can end the element. */
export function jsonScript(id, value) {
    return new Html(`<script type="application/json" id="${escapeText(id)}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`);
}
/** 0.8734 as "0.873". */
export function share(value) {
    return value.toFixed(3);
}
/** 372 as "6 min 12 s". */
export function duration(seconds) {
    if (seconds < 60)
        return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
    const whole = Math.round(seconds);
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h ? `${h} h ${m} min` : `${m} min ${s} s`;
}
/** 12345.6 as "12,346"; three significant digits below 100; a dash for what was not measured. */
export function amount(value) {
    if (value === null || value === undefined)
        return '–';
    return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}
//# sourceMappingURL=html.js.map