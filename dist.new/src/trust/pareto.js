// The Pareto figure: hallucination against what it costs, one panel each for coverage, length, latency and forward passes.
import { escapeText } from '../evaluate/report/html.js';
import { overSeeds, SEED_METRICS } from './seeds.js';
/** The panels: which number, and which way is better. */
const PANELS = [
    { key: 'coverage', title: 'coverage', better: 'higher', log: false },
    { key: 'words', title: 'words in a text', better: 'higher', log: false },
    { key: 'milliseconds', title: 'milliseconds for a text', better: 'lower', log: true },
    { key: 'passes', title: 'forward passes for a text', better: 'lower', log: true },
];
/** The points of one run, with the intervals over its images. */
export function paretoPoints(rows) {
    return rows.map(({ method, scores, milliseconds, passes }) => {
        const score = (name) => {
            const found = scores.find((s) => s.name === name);
            return found ? { value: found.value, low: found.low, high: found.high } : { value: 0 };
        };
        return {
            name: method,
            hallucination: score('CHAIR-i'),
            coverage: score('coverage'),
            words: score('words'),
            milliseconds: { value: milliseconds },
            passes: { value: passes },
        };
    });
}
/** The points over seeds: means with Student's intervals. */
export function seedPoints(runs) {
    const scores = overSeeds(runs);
    return [...new Set(scores.map(({ setting }) => setting))].map((name) => {
        const score = (metric) => {
            const found = scores.find((s) => s.setting === name && s.metric === metric);
            return found ? { value: found.mean, low: found.low, high: found.high } : { value: 0 };
        };
        return {
            name,
            hallucination: score('CHAIR-i'),
            coverage: score('coverage'),
            words: score('words'),
            milliseconds: score(SEED_METRICS.milliseconds),
            passes: score(SEED_METRICS.passes),
        };
    });
}
/** The points that no other is at least as good as in both numbers and better in one, by rising x. */
export function paretoFront(points, better) {
    const sign = better === 'higher' ? -1 : 1;
    const beats = (a, b) => sign * a.x <= sign * b.x && a.y <= b.y && (a.x !== b.x || a.y !== b.y);
    return points.filter((p) => !points.some((q) => beats(q, p))).sort((a, b) => a.x - b.x);
}
/** Okabe and Ito's colors, which are told apart with any color vision; the numbers tell them apart without color. */
const COLORS = ['#000000', '#0072b2', '#d55e00', '#009e73', '#a8618a', '#b07c00', '#2f7fae', '#6b6b6b'];
const [WIDTH, HEIGHT, GAP] = [430, 300, 30];
const PLOT = { left: 52, top: 34, right: 12, bottom: 46 };
const at = (value) => value.toFixed(1);
const label = (value) => (value >= 1000 ? value.toLocaleString('en-US') : String(Number(value.toPrecision(2))));
/** Round numbers that cover a range: the ones, twos and fives of a logarithmic one where there are some, else about four. */
function ticks(low, high, log) {
    if (log) {
        const out = [];
        for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
            for (const k of [1, 2, 5])
                if (k * 10 ** power >= low && k * 10 ** power <= high)
                    out.push(k * 10 ** power);
        if (out.length > 2)
            return out;
    }
    const raw = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].find((k) => k * power >= raw) * power;
    return Array.from({ length: Math.floor(high / step) - Math.ceil(low / step) + 1 }, (_, i) => (Math.ceil(low / step) + i) * step);
}
/** A range around all values and their intervals. */
function rangeOf(spreads, log) {
    const all = spreads.flatMap(({ value, low = value, high = value }) => [value, low, high]).filter((v) => !log || v > 0);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    if (log)
        return [low / 1.3, high * 1.3];
    const margin = (high - low || Math.abs(high) || 1) * 0.08;
    return [Math.max(0, low - margin), high + margin];
}
function panel(points, { key, title, better, log }) {
    const [xLow, xHigh] = rangeOf(points.map((p) => p[key]), log);
    const [yLow, yHigh] = rangeOf(points.map(({ hallucination }) => hallucination), false);
    // Intervals by Student's t may reach where no share is: they end with the panel.
    const within = (v, low, high) => Math.max(low, Math.min(high, v));
    const scale = (v) => (log ? Math.log(within(v, xLow, xHigh)) : within(v, xLow, xHigh));
    const x = (v) => PLOT.left + ((scale(v) - scale(xLow)) / (scale(xHigh) - scale(xLow))) * (WIDTH - PLOT.left - PLOT.right);
    const y = (v) => HEIGHT - PLOT.bottom - ((within(v, yLow, yHigh) - yLow) / (yHigh - yLow)) * (HEIGHT - PLOT.top - PLOT.bottom);
    const [bottom, right] = [HEIGHT - PLOT.bottom, WIDTH - PLOT.right];
    const grid = [
        ...ticks(xLow, xHigh, log).map((v) => `<path d="M${at(x(v))} ${PLOT.top}V${bottom}" stroke="#e3e6ec"/><text x="${at(x(v))}" y="${bottom + 16}" text-anchor="middle" font-size="11" fill="#555">${label(v)}</text>`),
        ...ticks(yLow, yHigh, false).map((v) => `<path d="M${PLOT.left} ${at(y(v))}H${right}" stroke="#e3e6ec"/><text x="${PLOT.left - 6}" y="${at(y(v) + 4)}" text-anchor="end" font-size="11" fill="#555">${label(v)}</text>`),
    ];
    const front = paretoFront(points.map((p) => ({ x: p[key].value, y: p.hallucination.value })), better);
    // From one point of the front to the next as a step: what lies between them is reached by none.
    const line = front
        .map((p, i) => {
        if (i === 0)
            return `M${at(x(p.x))} ${at(y(p.y))}`;
        return better === 'higher' ? `V${at(y(p.y))}H${at(x(p.x))}` : `H${at(x(p.x))}V${at(y(p.y))}`;
    })
        .join('');
    const marks = points.map((p, i) => {
        const [cx, cy] = [x(p[key].value), y(p.hallucination.value)];
        const color = COLORS[i % COLORS.length];
        const bar = (s, path) => s.low === undefined || s.high === undefined
            ? ''
            : `<path d="${path(s.low, s.high)}" stroke="${color}" stroke-opacity=".45" stroke-width="1.5"/>`;
        return `${bar(p[key], (low, high) => `M${at(x(low))} ${at(cy)}H${at(x(high))}`)}${bar(p.hallucination, (low, high) => `M${at(cx)} ${at(y(low))}V${at(y(high))}`)}<circle cx="${at(cx)}" cy="${at(cy)}" r="8.5" fill="${color}" stroke="#fff"/><text x="${at(cx)}" y="${at(cy + 3.8)}" text-anchor="middle" font-size="11" font-weight="bold" fill="#fff">${i + 1}</text>`;
    });
    const arrow = better === 'higher' ? '→ better' : '← better';
    return `${grid.join('')}<path d="${line}" fill="none" stroke="#888" stroke-dasharray="5 4"/>${marks.join('')}<text x="${(PLOT.left + right) / 2}" y="${bottom + 36}" text-anchor="middle" font-size="12.5" fill="#222">${title} (${arrow})</text><text x="${PLOT.left - 44}" y="${PLOT.top - 14}" font-size="12.5" fill="#222">CHAIR-i (↓ better)</text>`;
}
/** The figure as an SVG file of its own: a panel for each cost, the front as a dashed line, bars for 95 % intervals. */
export function paretoFigure(points, title) {
    const legendRows = Math.ceil(points.length / 4);
    const top = 40 + legendRows * 24;
    const [width, height] = [2 * WIDTH + GAP + 20, top + 2 * HEIGHT + 10];
    const legend = points.map(({ name }, i) => {
        const [lx, ly] = [24 + (i % 4) * ((width - 20) / 4), 48 + Math.floor(i / 4) * 24];
        return `<circle cx="${at(lx)}" cy="${ly}" r="8.5" fill="${COLORS[i % COLORS.length]}"/><text x="${at(lx)}" y="${ly + 3.8}" text-anchor="middle" font-size="11" font-weight="bold" fill="#fff">${i + 1}</text><text x="${at(lx + 15)}" y="${ly + 4.5}" font-size="13" fill="#222">${escapeText(name)}</text>`;
    });
    const panels = PANELS.map((p, i) => `<g transform="translate(${10 + (i % 2) * (WIDTH + GAP)} ${top + Math.floor(i / 2) * HEIGHT})">${panel(points, p)}</g>`);
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" role="img"><title>${escapeText(title)}</title><rect width="${width}" height="${height}" fill="#fff"/><text x="16" y="24" font-size="15" font-weight="bold" fill="#222">${escapeText(title)}</text>${legend.join('')}${panels.join('')}</svg>\n`;
}
//# sourceMappingURL=pareto.js.map