// The sheet as one HTML page: it opens from disk, asks the network for nothing, keeps what was filled in, and gives it out as CSV.
import { createHash } from 'node:crypto';
import { Html, html, jsonScript } from '../report/html.js';
const style = `
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5a6375; --paper: #ffffff; --panel: #f5f6f9; --line: #dde1e9; --blue: #2257c5; --on: #ffffff; --done: #12703f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9f0; --soft: #a3acbd; --paper: #14171d; --panel: #1d222b; --line: #3a4251; --blue: #86b0ff; --on: #10131a; --done: #6fd39b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem clamp(.8rem, 4vw, 2.5rem) 7rem; max-width: 76rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } .soft { color: var(--soft); max-width: 46rem; }
.legend { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .9rem; margin: .8rem 0 1.4rem; } .legend dt { font-weight: 700; } .legend dd { margin: 0; }
article { border-top: 1px solid var(--line); padding: 1.2rem 0; display: grid; gap: 1rem; grid-template-columns: minmax(0, 20rem) minmax(0, 1fr); }
article.plain { grid-template-columns: minmax(0, 1fr); } article img { width: 100%; height: auto; border-radius: .4rem; background: var(--panel); } article img.small { image-rendering: pixelated; }
.row { color: var(--soft); font-size: .82rem; } .row b { color: var(--done); visibility: hidden; } article.done .row b { visibility: visible; }
.question { font-weight: 600; margin: .1rem 0 .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.replies { display: grid; gap: .8rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); }
fieldset { margin: 0; border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem .9rem; background: var(--panel); min-width: 0; } legend { color: var(--soft); font-size: .82rem; padding: 0 .3rem; }
.reply { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 .7rem; max-height: 22rem; overflow-y: auto; }
.levels { display: flex; flex-wrap: wrap; gap: .35rem; } .levels label { position: relative; } .levels input { position: absolute; opacity: 0; inset: 0; width: 100%; height: 100%; margin: 0; cursor: pointer; }
.levels span { display: block; min-width: 2.4rem; padding: .3rem .6rem; text-align: center; border: 1px solid var(--line); border-radius: .4rem; background: var(--paper); font-weight: 600; }
.levels input:checked + span { background: var(--blue); border-color: var(--blue); color: var(--on); } .levels input:focus-visible + span { outline: 3px solid var(--blue); outline-offset: 2px; }
.remark { width: 100%; margin-top: .8rem; } input[type=text] { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; padding: .35rem .6rem; }
footer { position: fixed; inset: auto 0 0; background: var(--panel); border-top: 1px solid var(--line); padding: .7rem clamp(.8rem, 4vw, 2.5rem); display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; }
footer label { display: flex; gap: .5rem; align-items: center; flex: 1 1 12rem; } footer input { flex: 1; min-width: 0; } #state { font-variant-numeric: tabular-nums; }
button { font: inherit; font-weight: 600; padding: .45rem 1rem; border: 0; border-radius: .4rem; background: var(--blue); color: var(--on); cursor: pointer; }
@media (max-width: 46rem) { article { grid-template-columns: minmax(0, 1fr); } article img { max-width: 16rem; } }
`;
// Runs in the browser of a rater; kept in its own words, because the page may load nothing.
const script = `
const sheet = JSON.parse(document.getElementById('sheet').textContent);
const form = document.querySelector('form');
const rater = document.getElementById('rater');
const place = 'sensorium-sheet-' + sheet.id;
const names = (row) => row.replies.map((_, i) => row.row + '/' + (i + 1));
const value = (name) => new FormData(form).get(name) || '';
let kept = {};
try { kept = JSON.parse(localStorage.getItem(place) || '{}'); } catch { kept = {}; }
for (const [name, text] of Object.entries(kept)) {
  const field = form.elements.namedItem(name);
  if (field) field.value = text;
}
function update() {
  const data = new FormData(form);
  let done = 0, all = 0;
  for (const row of sheet.rows) {
    const given = names(row).filter((name) => data.get(name)).length;
    done += given;
    all += row.replies.length;
    document.getElementById(row.row).classList.toggle('done', given === row.replies.length);
  }
  document.getElementById('state').textContent = done + ' of ' + all + ' rated';
  try { localStorage.setItem(place, JSON.stringify(Object.fromEntries(data))); } catch { /* private windows keep nothing */ }
}
function cell(text) {
  const safe = /^[=+\\-@\\t\\r]/.test(text) ? "'" + text : text;
  return /[",;\\t\\r\\n]/.test(safe) || safe !== safe.trim() ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}
form.addEventListener('change', update);
form.addEventListener('input', update);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  const who = rater.value.trim();
  if (!who) { rater.focus(); rater.placeholder = 'please, a name'; return; }
  const lines = sheet.rows.map((row) => [sheet.id, row.row, who, '', row.question,
    ...row.replies.flatMap((reply, i) => [reply, value(row.row + '/' + (i + 1))]), value(row.row + '/remark')].map(cell).join(','));
  const blob = new Blob(['\\uFEFF' + [sheet.columns.join(','), ...lines].join('\\r\\n') + '\\r\\n'], { type: 'text/csv' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = 'sheet-' + sheet.id + '-' + who.replace(/[^\\p{L}\\p{N}]+/gu, '-') + '.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
update();
`;
const PIXEL_ART = 128;
function article({ scale }, { row, question, replies }, picture) {
    const marks = (i) => scale.levels.map(({ mark, about }) => html `<label title="${about}"><input type="radio" name="${row}/${i + 1}" value="${mark}"/><span>${mark}</span></label>`);
    const image = picture &&
        html `<img${new Html(Math.max(picture.width, picture.height) <= PIXEL_ART ? ' class="small"' : '')} src="${picture.url}" width="${picture.width}" height="${picture.height}" alt="the picture of the question"/>`;
    return html `<article id="${row}"${new Html(picture ? '' : ' class="plain"')}>${image ? html `<div>${image}</div>` : ''}<div><div class="row">${row} <b>✓ rated</b></div><p class="question" dir="auto">${question}</p>
<div class="replies">${replies.map((reply, i) => html `<fieldset><legend>${replies.length > 1 ? `reply ${i + 1}` : 'reply'}</legend><p class="reply" dir="auto">${reply.trim() || html `<i>(empty)</i>`}</p><div class="levels">${marks(i)}</div></fieldset>`)}</div><input type="text" class="remark" name="${row}/remark" placeholder="remark" aria-label="remark on ${row}"/></div></article>
`;
}
/** The page; `pictures` by row. All text is escaped. */
export function sheetPage(sheet, columns, pictures) {
    const { id, scale, rows } = sheet;
    const hash = createHash('sha256').update(script).digest('base64');
    const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
    const data = { id, columns, rows: rows.map(({ row, question, replies }) => ({ row, question, replies })) };
    return html `${new Html('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta http-equiv="Content-Security-Policy" content="${policy}"/>
<title>Sheet ${id} · ${scale.title}</title><style>${new Html(style)}</style></head><body>
<header><h1>Please rate these replies</h1><p class="soft">${rows.length} questions${(rows[0]?.replies.length ?? 1) > 1 && html `, each with ${rows[0]?.replies.length} replies in an order of its own`}. Look at the picture first, and rate each reply by itself. What you fill in stays in this browser; when you are done, write your name and download the file. Rows may be left out.</p>
<dl class="legend">${scale.levels.map(({ mark, about }) => html `<dt>${mark}</dt><dd>${about}</dd>`)}</dl></header>
<form autocomplete="off"><main>${rows.map((row, i) => article(sheet, row, pictures[i]))}</main>
<footer><span id="state"></span><label>rater <input type="text" id="rater" name="rater" maxlength="60"/></label><button>Download</button></footer></form>
${jsonScript('sheet', data)}<script>${new Html(script)}</script></body></html>
`.text;
}
//# sourceMappingURL=sheet-page.js.map