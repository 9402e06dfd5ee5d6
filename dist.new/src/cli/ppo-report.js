// What `sensorium ppo` shows of a run: learned and true score over its steps, and where its time went.
import { duration, html } from '../evaluate/report/html.js';
import { parting, rewardCurve, rewardFigure } from '../evaluate/report/reward-figure.js';
import { readRun } from '../train/events.js';
import { formatDuration } from '../util/progress.js';
/** The parts of a round whose seconds are logged. */
const PARTS = ['rollout', 'reward', 'values'];
/** Where the time of the steps of a run went; `iterations`: steps that learn from the same replies. */
export function timeSplit(events, iterations) {
    const steps = events.filter((e) => e.type === 'step');
    const last = events.findLast((e) => e.type === 'stageDone');
    const rounds = (steps.at(-1)?.step ?? 0) / iterations;
    const split = { rollout: 0, reward: 0, values: 0, update: 0 };
    for (const part of PARTS) {
        const seconds = steps.flatMap(({ metrics }) => metrics?.[`${part}_seconds`] ?? []);
        if (seconds.length > 0)
            split[part] = (rounds * seconds.reduce((a, b) => a + b, 0)) / seconds.length;
    }
    const all = last?.summary.seconds ?? 0;
    split.update = Math.max(0, all - split.rollout - split.reward - split.values);
    return split;
}
/** Lines for the terminal, and sections for the page. */
export async function ppoEnd(dir, { stages: [stage] }) {
    const events = await readRun(dir);
    const { rounds = 1, minibatches = 1 } = (stage?.options ?? {});
    const split = timeSplit(events, rounds * minibatches);
    const curve = rewardCurve(events);
    const parted = parting(curve);
    const times = Object.entries(split);
    const said = parted
        ? `held-out true score: best ${parted.best.truth?.toFixed(3)} after step ${parted.best.step}, last ${parted.last.truth?.toFixed(3)}; learned reward there ${parted.best.reward.toFixed(3)} and ${parted.last.reward.toFixed(3)}${parted.apart ? ' (the reward rose on while the true score fell; both are means of few replies)' : ''}`
        : undefined;
    return {
        lines: [`time: ${times.map(([name, seconds]) => `${name} ${formatDuration(seconds)}`).join(', ')}`, ...(said ? [said] : [])],
        sections: [
            html `<section><h2>Learned reward and true score</h2>${said && html `<p class="note">${said}.</p>`}${rewardFigure(curve)}<p class="note">Lines: replies that were learned from. Dots: greedy replies to held-out rows. Where the learned reward rises on and the true score falls, by more than measurements scatter, the policy learns what the reward model gets wrong.</p></section>`,
            html `<section><h2>Time</h2><div class="scroll"><table><tbody>${times.map(([name, seconds]) => html `<tr><th scope="row">${name}</th><td>${duration(seconds)}</td></tr>`)}</tbody></table></div></section>`,
        ],
    };
}
//# sourceMappingURL=ppo-report.js.map