// Loss curves as uPlot charts, with the library inlined so that the page needs no network.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { SensoriumError } from '../../util/errors.js';
import { type LossCurve, thin } from './data.js';
import { Html, html, jsonScript } from './html.js';

function asset(name: string): string {
  try {
    return readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), 'utf8');
  } catch (cause) {
    throw new SensoriumError('evaluate.report', 'the chart library is missing', {
      place: `uplot/dist/${name}`,
      hint: 'Run npm install; uplot is one of the dependencies.',
      cause,
    });
  }
}

/** uPlot's style sheet. */
export const chartStyle = (): string => asset('uPlot.min.css');

// Runs in the browser. Charts follow the width of their column and are drawn anew when the color scheme changes. A few points are not smoothed:
// their line would lag behind all of them.
const draw = `
(() => {
  const curves = JSON.parse(document.getElementById('curves').textContent);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  let plots = [];
  const smooth = (values) => { const share = Math.min(1, Math.max(0.08, 8 / values.length)); let m = null; return values.map((v) => v === null ? null : (m = m === null ? v : m + share * (v - m))); };
  const show = () => {
    plots.forEach((p) => p.destroy());
    const css = getComputedStyle(document.documentElement);
    const color = (name) => css.getPropertyValue('--' + name).trim();
    const axis = { stroke: color('soft'), grid: { stroke: color('line'), width: 1 }, ticks: { stroke: color('line'), width: 1 } };
    const read = (u, v) => v == null ? '–' : v.toPrecision(4);
    plots = curves.map((curve, i) => {
      const at = document.getElementById('curve-' + i);
      const losses = [curve.steps, curve.loss, smooth(curve.loss)];
      const held = curve.heldOut ? [{ label: 'held out', stroke: color('bad'), width: 2, points: { show: true, size: 5 }, value: read }] : [];
      return new uPlot({
        width: at.clientWidth, height: 240, scales: { x: { time: false } }, cursor: { y: false },
        axes: [{ ...axis, label: 'step', labelSize: 20, size: 34 }, { ...axis, size: 54 }],
        series: [{ label: 'step' }, { label: curve.measure || 'loss', stroke: color('pale'), width: 1, points: { show: curve.steps.length < 3 }, value: read }, { label: 'smoothed', stroke: color('blue'), width: 2, points: { show: false }, value: read }, ...held],
      }, curve.heldOut ? uPlot.join([losses, [curve.heldOut.steps, curve.heldOut.loss]]) : losses, at);
    });
  };
  show();
  scheme.addEventListener('change', show);
  new ResizeObserver(() => plots.forEach((p) => { const width = p.root.parentElement.clientWidth; if (width && width !== p.width) p.setSize({ width, height: 240 }); })).observe(document.body);
})();
`;

/** One chart per named curve, and the scripts that draw them. Empty without curves. */
export function charts(curves: Readonly<Record<string, LossCurve>>): Html {
  const list = Object.entries(curves).map(([name, curve]) => ({
    name,
    ...thin(curve),
    ...(curve.heldOut ? { heldOut: curve.heldOut } : {}),
    ...(curve.measure ? { measure: curve.measure } : {}),
  }));
  if (list.length === 0) return html`<p class="note">No curves were recorded.</p>`;
  const numbers = list.map(({ name, loss, measure = 'loss' }, i) => {
    const known = loss.filter((v): v is number => v !== null);
    const [first, last] = [known[0], known.at(-1)];
    return html`<div class="chart"><h3>${name}</h3><div class="plot" id="curve-${i}" role="img" aria-label="${
      first === undefined || last === undefined
        ? `${name}: no finite ${measure}`
        : `${measure} of ${name} from ${first.toPrecision(3)} to ${last.toPrecision(3)}`
    }"></div></div>`;
  });
  // Nothing in the library ends its own script element, but a new version might.
  const library = new Html(`<script>${asset('uPlot.iife.min.js').replaceAll('</script', '<\\/script')}</script>`);
  return html`<div class="charts">${numbers}</div>${jsonScript('curves', list)}${library}${new Html(`<script>${draw}</script>`)}`;
}
