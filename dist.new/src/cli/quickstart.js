// `sensorium quickstart`: runs the whole life of a small model and shows how it goes; all the work is in recipes/quickstart.ts.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineCommand } from 'citty';
import { SensoriumError } from '../util/errors.js';
import { packageRoot } from '../util/package.js';
import { formatDuration } from '../util/progress.js';
import { withInterrupt } from './interrupt.js';
import { runView } from './run-view.js';
import { scoreTable } from './score-table.js';
import { createProgress } from './terminal.js';
/** Loads the compiled recipe, or the source when the command itself runs from source. */
async function loadQuickstart() {
    const root = packageRoot();
    const path = import.meta.url.endsWith('.ts') ? join(root, 'recipes', 'quickstart.ts') : join(root, 'dist', 'recipes', 'quickstart.js');
    if (!existsSync(path))
        throw new SensoriumError('cli.quickstart', 'the quickstart recipe is missing', { place: path, hint: 'Run npm run build' });
    return (await import(pathToFileURL(path).href));
}
/** The end of a run in words: scores, answers, where things lie. */
export function renderResult(result, dir) {
    const parts = [`\n${scoreTable(result.benchmarks)}\n`];
    for (const { image, question, answer, truth } of result.answers ?? [])
        parts.push(`  ${image}: ${question}\n    ${answer}${truth !== undefined && truth !== answer ? `   (truth: ${truth})` : ''}`);
    parts.push(`\nScene world, not natural images. ${formatDuration(result.seconds)} in all.`, `  report   ${join(dir, 'report.html')}`, `  model    ${join(dir, 'model')}`, `  ask it   npx sensorium ask IMAGE "question" --model ${join(dir, 'model')}`);
    return `${parts.join('\n')}\n`;
}
export default defineCommand({
    meta: { name: 'quickstart', description: 'Train, align, measure and question a small model; run again to resume' },
    args: {
        dir: { type: 'string', description: 'folder of the run', default: 'runs/quickstart', valueHint: 'DIR' },
        'from-scratch': { type: 'boolean', description: 'train the vision encoder and the language model too' },
        json: { type: 'boolean', description: 'print the report as JSON when done' },
    },
    async run({ args }) {
        const { dir, json } = args;
        const fromScratch = args['from-scratch'] === true;
        const { quickstart, expectedSeconds } = await loadQuickstart();
        const progress = createProgress();
        const expected = expectedSeconds?.({ fromScratch });
        if (expected !== undefined)
            progress.line(`expected time on two cores: ${formatDuration(expected)}${fromScratch ? ' (everything from scratch)' : ''}`);
        await withInterrupt(async (signal) => {
            try {
                const result = await quickstart({ dir, fromScratch, signal, onEvent: runView(progress) });
                progress.end();
                process.stdout.write(json ? `${JSON.stringify(result)}\n` : renderResult(result, dir));
            }
            finally {
                progress.end();
            }
        }, { onStop: () => progress.line('stopping after this step; run the same command to resume, press Ctrl-C again to stop at once') });
    },
});
//# sourceMappingURL=quickstart.js.map