// Reward hacking in one figure: what the learned reward says of replies and what is true of them, over the steps of a run, as SVG.
import { Html, html } from './html.js';
/** The scores that a run logged. */
export function rewardCurve(events) {
    const point = (step, metrics = {}) => {
        const { reward, true_score: truth } = metrics;
        return reward === undefined ? [] : [{ step, reward, ...(truth === undefined ? {} : { truth }) }];
    };
    return {
        drawn: events.flatMap((e) => (e.type === 'step' ? point(e.step, e.metrics) : [])),
        held: events.flatMap((e) => (e.type === 'held-out' ? point(e.step, e.metrics) : [])),
    };
}
/**
 * The held-out measurement with the highest true score, and the last one; `apart`: between them the learned reward rose and the true score fell. The
 * highest of several measurements is high by chance too, so a small fall says little.
 */
export function parting({ held }) {
    const known = held.filter(({ truth }) => truth !== undefined);
    const last = known.at(-1);
    if (!last)
        return undefined;
    const best = known.reduce((a, b) => (b.truth > a.truth ? b : a));
    return { best, last, apart: last.reward > best.reward && last.truth < best.truth };
}
const [WIDTH, HEIGHT] = [720, 300];
const PAD = { left: 64, right: 64, top: 34, bottom: 40 };
const COLORS = { reward: '#2f6fdd', truth: '#c2410c' };
function scale(values, [from, to]) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const spread = high > low ? high - low : Math.abs(high) || 1;
    const [start, end] = high > low ? [low, high] : [low - spread / 2, high + spread / 2];
    return {
        of: (value) => from + ((value - start) / (end - start)) * (to - from),
        ticks: [0, 0.25, 0.5, 0.75, 1].map((share) => start + share * (end - start)),
    };
}
const short = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
/** The figure: the learned reward by the left axis, the true score by the right one; lines are drawn replies, dots greedy ones to held-out rows. Empty without points. */
export function rewardFigure(curve) {
    const all = [...curve.drawn, ...curve.held];
    if (all.length === 0)
        return new Html('');
    const x = scale(all.map(({ step }) => step), [PAD.left, WIDTH - PAD.right]);
    const series = ['reward', 'truth'].flatMap((key) => {
        const of = (points) => points.flatMap((p) => (p[key] === undefined ? [] : [[p.step, p[key]]]));
        const [drawn, held] = [of(curve.drawn), of(curve.held)];
        const values = [...drawn, ...held].map(([, value]) => value);
        return values.length === 0 ? [] : [{ key, drawn, held, y: scale(values, [HEIGHT - PAD.bottom, PAD.top]) }];
    });
    const parted = parting(curve);
    const path = (points, y) => points.map(([step, value], i) => `${i === 0 ? 'M' : 'L'}${x.of(step).toFixed(1)} ${y.of(value).toFixed(1)}`).join(' ');
    const side = (key) => key === 'reward' ? { at: PAD.left - 8, anchor: 'end' } : { at: WIDTH - PAD.right + 8, anchor: 'start' };
    const name = { reward: 'learned reward', truth: 'true score' };
    return html `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Learned reward and true score over steps" style="width:100%;font:12px system-ui,sans-serif" fill="currentColor">
${x.ticks.map((step) => html `<text x="${x.of(step).toFixed(1)}" y="${HEIGHT - PAD.bottom + 18}" text-anchor="middle">${Math.round(step)}</text>`)}<text x="${WIDTH / 2}" y="${HEIGHT - 4}" text-anchor="middle">step</text>
${parted &&
        html `<line x1="${x.of(parted.best.step).toFixed(1)}" x2="${x.of(parted.best.step).toFixed(1)}" y1="${PAD.top}" y2="${HEIGHT - PAD.bottom}" stroke="currentColor" stroke-dasharray="4 4" opacity="0.5"/><text x="${x.of(parted.best.step).toFixed(1)}" y="${PAD.top - 4}" text-anchor="middle">best true score</text>`}${series.map(({ key, drawn, held, y }) => html `<g fill="${COLORS[key]}"><text x="${key === 'reward' ? 4 : WIDTH - 4}" y="14" text-anchor="${key === 'reward' ? 'start' : 'end'}">${name[key]}</text>${y.ticks.map((tick) => html `<text x="${side(key).at}" y="${(y.of(tick) + 4).toFixed(1)}" text-anchor="${side(key).anchor}">${short(tick)}</text>`)}<path d="${path(drawn, y)}" fill="none" stroke="${COLORS[key]}" stroke-width="1" opacity="0.5"/><path d="${path(held, y)}" fill="none" stroke="${COLORS[key]}" stroke-width="2"/>${held.map(([step, value]) => html `<circle cx="${x.of(step).toFixed(1)}" cy="${y.of(value).toFixed(1)}" r="3.5"/>`)}</g>`)}
</svg>`;
}
//# sourceMappingURL=reward-figure.js.map