// The frame of every report page: the head with its content policy, the style, the heading, and how it was made.
import { chartStyle } from './charts.js';
import { Html, html } from './html.js';
import { style } from './style.js';
/** A number of the heading. */
export const headNumber = (name, value) => html `<div><dt>${name}</dt><dd>${value}</dd></div>`;
/** A page that opens from disk and asks the network for nothing. */
export function pageHtml({ title, header, main }) {
    const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
    return html `${new Html('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta http-equiv="Content-Security-Policy" content="${policy}"/>
<title>${title} · Sensorium report</title><style>${new Html(chartStyle())}${new Html(style)}</style></head><body>
<header><h1>${title}</h1>${header}</header>
<main>${main}</main>
</body></html>
`.text;
}
/** The last section: the command and the versions. */
export function howMade(command, versions) {
    return html `<section><h2>How this was made</h2><pre>${command}</pre><p class="note">${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(' · ')}</p></section>`;
}
//# sourceMappingURL=shell.js.map