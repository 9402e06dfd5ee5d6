// The end of `sensorium reward`: trains, opens what was saved, and measures on held-out pairs how well it tells them apart, with and without their images.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { html } from '../evaluate/report/html.js';
import { measureReward } from '../evaluate/reward.js';
import { isFirstRank } from '../runtime/launch.js';
import { splitRows } from '../train/holdout.js';
import { rewardModel } from '../train/index.js';
import { runSft } from '../train/sft.js';
import { writeAtomic } from '../util/fs.js';
import { formatDuration } from '../util/progress.js';
import { alignColumns } from './score-table.js';
import { writeSftReport } from './sft-report.js';
/** Held-out pairs that are scored at most, and those that the page shows. */
const SCORED = 512;
const SHOWN = 32;
/** Trains, saves, measures and writes `reward.json` and `report.html`. */
export async function runReward(o) {
    const { prepared, dir, signal } = o;
    await mkdir(dir, { recursive: true });
    const run = { dir, resume: o.resume, zero: o.zero, rankLogs: o.rankLogs };
    const result = await runSft(prepared, { ...run, signal, onEvent: o.onEvent, dtype: o.dtype });
    if (!isFirstRank())
        return undefined;
    const { data } = prepared;
    const held = o.holdout > 0 ? splitRows(data.length, { share: o.holdout, seed: o.seed }).held.slice(0, SCORED) : [];
    const rows = await Promise.all([...held].map((index) => data.get(index)));
    const judge = await rewardModel(result.saved, { signal });
    try {
        const measure = await measureReward(judge, rows, { signal, onPart: o.onPart });
        await writeAtomic(join(dir, 'reward.json'), `${JSON.stringify(measure, null, 1)}\n`);
        const report = await writeSftReport({
            ...{ dir, model: o.model, data: o.data, prepared, result, predictions: [], options: o.options, command: o.command },
            title: 'Reward model of',
            sections: [scoreSection(measure), pairSection(measure.pairs.slice(0, SHOWN))],
        });
        const text = [
            `done in ${formatDuration(result.seconds)}: ${result.saved}`,
            ...(measure.scores.length > 0 ? ['held-out pairs:', scoreLines(measure)] : []),
            `report: ${report}`,
            `train against it: sensorium ppo MODEL --reward ${result.saved} --data FILE --lora 16`,
            '',
        ].join('\n');
        return { saved: result.saved, report, seconds: result.seconds, measure, text };
    }
    finally {
        await judge.dispose();
    }
}
const interval = ({ low, high }) => `${low.toFixed(3)} to ${high.toFixed(3)}`;
function scoreLines({ scores }) {
    return alignColumns(scores.map((score) => [`  ${score.name}`, score.value.toFixed(3), interval(score), `n=${score.n}`]));
}
function scoreSection({ scores }) {
    return html `<section><h2>Held-out pairs</h2><p class="note">Accuracy: the share of pairs whose chosen reply scores higher. With its images exchanged for those of other rows a reward model should be near 0.5.</p><div class="scroll"><table><thead><tr><th scope="col"></th><th scope="col">value</th><th scope="col">95 %</th><th scope="col">pairs</th></tr></thead><tbody>${scores.map((s) => html `<tr><th scope="row">${s.name}</th><td class="score">${s.value.toFixed(3)}</td><td class="score">${interval(s)}</td><td class="score">${s.n}</td></tr>`)}</tbody></table></div></section>`;
}
function pairSection(pairs) {
    if (pairs.length === 0)
        return false;
    return html `<section><h2>Scores</h2><div class="scroll"><table><thead><tr><th scope="col">row</th><th scope="col">question</th><th scope="col">chosen</th><th scope="col">score</th><th scope="col">rejected</th><th scope="col">score</th></tr></thead><tbody>${pairs.map((p) => html `<tr><td class="score">${p.row}</td><td dir="auto">${p.question}</td><td dir="auto">${p.chosen.reply}</td><td class="score">${p.chosen.score.toFixed(2)}</td><td dir="auto">${p.rejected.reply}</td><td class="score">${p.rejected.score.toFixed(2)}</td></tr>`)}</tbody></table></div></section>`;
}
//# sourceMappingURL=tune-reward.js.map