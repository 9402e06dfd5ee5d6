// A trace as a page that opens from disk: every step with its pictures, boxes, masks, values and errors. All text is escaped; nothing is fetched.

import { duration, type Html, html } from '../evaluate/report/html.js';
import { encodePicture, PIXEL_ART } from '../evaluate/report/picture.js';
import { headNumber, howMade, pageHtml } from '../evaluate/report/shell.js';
import { type RgbImage, resize } from '../media/index.js';
import type { Trace, TraceStep } from './trace.js';
import type { MaskValue, Workspace } from './workspace.js';

/** Longest side at which a picture is kept, pictures of one page, and characters of a value that are shown. */
const KEPT = 480;
const MOST_PICTURES = 200;
const SHOWN = 2000;

const COLORS = [
  [230, 25, 75],
  [60, 180, 75],
  [67, 99, 216],
  [245, 130, 49],
  [145, 30, 180],
] as const;

/** An image with masks of its own size laid over it, each in a color. */
export function withMasks(image: RgbImage, masks: readonly MaskValue[]): RgbImage {
  const data = image.data.slice();
  for (const [m, mask] of masks.entries()) {
    const color = COLORS[m % COLORS.length] as readonly [number, number, number];
    for (let i = 0; i < mask.data.length; i++)
      if (mask.data[i] !== 0) for (let c = 0; c < 3; c++) data[3 * i + c] = ((data[3 * i + c] as number) + (color[c] as number)) >> 1;
  }
  return { width: image.width, height: image.height, data };
}

/** A mask by itself: white on black. */
const maskImage = ({ width, height, data }: MaskValue): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => 255 * (data[Math.floor(i / 3)] as number)),
});

/** One picture with boxes over it. */
async function figure(image: RgbImage, caption: string, boxes: TraceStep['boxes'] = []): Promise<Html> {
  const { width, height } = image;
  const scale = Math.min(1, KEPT / Math.max(width, height));
  const side = (n: number): number => Math.max(1, Math.round(n * scale));
  const picture = await encodePicture(scale === 1 ? image : resize(image, side(width), side(height), 'bilinear'));
  const letters = Math.max(width, height) / 18;
  const shapes = boxes.map(({ box: [x0, y0, x1, y1], label }) => {
    const rect = (kind: string): Html => html`<rect class="${kind}" x="${x0}" y="${y0}" width="${x1 - x0}" height="${y1 - y0}"/>`;
    const at = y0 > letters ? y0 - letters / 4 : y0 + letters;
    const name =
      label === undefined ? '' : html`<text x="${x0}" y="${at}" font-size="${letters}" stroke-width="${letters / 5}">${label}</text>`;
    return html`<g class="box model">${rect('under')}${rect('line')}${name}</g>`;
  });
  const pixels = Math.max(width, height) <= PIXEL_ART;
  const shown = Math.min(320, Math.max(96, pixels ? 4 * width : width));
  return html`<figure style="width:${shown}px"><div class="picture"><img class="${pixels ? 'pixels' : ''}" src="${picture.url}" width="${picture.width}" height="${picture.height}" alt="${caption}"/><svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">${shapes}</svg></div><figcaption>${caption}, ${width} × ${height}</figcaption></figure>`;
}

/** The pictures of a step: its images, masks over the first of them where they fit. */
async function pictures({ items = [], boxes }: TraceStep, workspace: Workspace): Promise<Html[]> {
  const known = new Map(workspace.entries());
  const found = items.flatMap((name) => {
    const item = known.get(name);
    return item ? [{ name, item }] : [];
  });
  const images = found.flatMap(({ name, item }) => (item.kind === 'image' ? [{ name, image: item.value }] : []));
  const [first] = images;
  const masks = found.flatMap(({ name, item }) => (item.kind === 'mask' ? [{ name, mask: item.value }] : []));
  const over = masks.filter(({ mask }) => first && mask.width === first.image.width && mask.height === first.image.height);
  const out: Html[] = [];
  for (const { name, image } of images) {
    const own = name === first?.name;
    const shown =
      own && over.length > 0
        ? withMasks(
            image,
            over.map(({ mask }) => mask),
          )
        : image;
    const caption = own && over.length > 0 ? `${name} with ${over.map((one) => one.name).join(', ')}` : name;
    out.push(await figure(shown, caption, own ? boxes : []));
  }
  for (const { name, mask } of masks.filter((one) => !over.includes(one))) out.push(await figure(maskImage(mask), name));
  return out;
}

const short = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)} … (${text.length} characters)` : text;
};

/** The page of a trace. `workspace` holds the pictures that its steps name. */
export async function tracePage(
  trace: Trace,
  workspace: Workspace,
  { command = '', versions = {} }: { command?: string; versions?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const steps: Html[] = [];
  let room = MOST_PICTURES;
  let leftOut = 0;
  for (const [i, one] of trace.steps.entries()) {
    const all = room > 0 ? await pictures(one, workspace) : [];
    if (room <= 0) leftOut += one.items?.length ?? 0;
    room -= all.length;
    const { kind, name, text, input, output, error, milliseconds } = one;
    steps.push(html`<section class="step"><h2>${i + 1}. ${name} <small class="kind">${kind}${milliseconds !== undefined && `, ${duration(milliseconds / 1000)}`}</small></h2>
${text !== undefined && html`<pre>${short(text)}</pre>`}${all.length > 0 && html`<div style="display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start">${all}</div>`}
${input !== undefined && text === undefined && html`<p class="note" style="overflow-wrap:anywhere">in <code>${short(input)}</code></p>`}${output !== undefined && html`<p style="overflow-wrap:anywhere">gives <code>${short(output)}</code></p>`}
${error && html`<p><b class="mark bad">${error.code}</b> ${error.message}</p>`}</section>`);
  }
  const seconds = trace.steps.reduce((sum, { milliseconds = 0 }) => sum + milliseconds, 0) / 1000;
  const outcome = trace.failed
    ? html`<b class="mark bad">${trace.failed.code}</b> ${trace.failed.message}`
    : html`<b>${trace.answer ?? ''}</b>`;
  const header = html`<p class="world">${outcome}</p><dl class="numbers">${[
    headNumber('agent', trace.agent),
    headNumber('planned by', trace.tier),
    headNumber('steps', String(trace.steps.length)),
    headNumber('time of steps', duration(seconds)),
  ]}</dl>`;
  const main = html`${steps}${leftOut > 0 && html`<p class="note">${leftOut} more pictures are left out.</p>`}${command !== '' && howMade(command, versions)}`;
  return pageHtml({ title: trace.task, header, main });
}
