// The grid of test pictures: pixels as they are, boxes on top, what was asked, replied and true underneath.

import type { RgbImage } from '../../media/index.js';
import type { ReportBox, ReportSample } from './data.js';
import { Html, html } from './html.js';
import { pngUrl } from './png.js';

function drawBox({ box, label, from }: ReportBox, width: number): Html {
  const [left, top, right, bottom] = box;
  const unit = width / 64;
  // The label sits on its box, below the top edge where there is no room above; on the right half it ends with the box.
  const y = top < 5 * unit ? top + 3.4 * unit : top - 0.8 * unit;
  const late = left + right > width;
  const x = late ? Math.min(width, right) : Math.max(0, left);
  const frame = (name: string): Html =>
    html`<rect class="${name}" x="${left}" y="${top}" width="${Math.max(0, right - left)}" height="${Math.max(0, bottom - top)}"/>`;
  return html`<g class="box ${from ?? 'truth'}">${frame('under')}${frame('line')}<text x="${x}" y="${y}" text-anchor="${late ? 'end' : 'start'}" font-size="${3.4 * unit}" stroke-width="${0.9 * unit}">${label}</text></g>`;
}

/** Images up to this size are drawn pixel by pixel, larger ones smoothly. */
const PIXEL_ART = 128;

/** A picture with its boxes. */
export function pictureHtml({ width, height, data }: RgbImage, boxes: readonly ReportBox[] = []): Html {
  const alt = boxes.length > 0 ? `image of ${boxes.map((b) => b.label).join(', ')}` : 'image of the question';
  const form = new Html(Math.max(width, height) <= PIXEL_ART ? ' class="pixels"' : '');
  return html`<div class="picture"><img${form} src="${pngUrl(data, width, height)}" width="${width}" height="${height}" alt="${alt}"/><svg viewBox="0 0 ${width} ${height}" aria-hidden="true">${boxes.map((box) => drawBox(box, width))}</svg></div>`;
}

function figure({ picture, kind, question, reply, truth, right, boxes }: ReportSample): Html {
  return html`<figure class="${right ? 'right' : 'wrong'}">${picture && pictureHtml(picture, boxes)}
<figcaption><span class="kind">${kind}</span><p class="question" dir="auto">${question}</p><p class="reply" dir="auto"><span class="mark">${right ? '✓ right' : '✗ wrong'}</span> ${reply || html`<i>(empty reply)</i>`}</p><p class="truth" dir="auto"><span>truth</span> ${truth || html`<i>(no objects)</i>`}</p></figcaption></figure>
`;
}

/** All pictures, with a switch for the boxes. */
export function gallery(samples: readonly ReportSample[]): Html {
  const right = samples.filter((s) => s.right).length;
  const boxed = samples.some((s) => s.boxes && s.boxes.length > 0);
  return html`<p class="note">${samples.length} rows, taken evenly over the benchmarks and not by result; ${right} right, ${samples.length - right} wrong.${boxed && ' Solid boxes are the truth of the scene, dashed ones were drawn by the model.'}</p>
${boxed && html`<label class="switch"><input type="checkbox" id="boxes" checked/> show boxes</label>`}
<div class="gallery">${samples.map(figure)}</div>`;
}
