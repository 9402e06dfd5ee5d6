// `sensorium eval MODEL`: the benchmarks over the scene world, for the model and for the baselines that stand beside it.

import { defineCommand } from 'citty';
import { answererOf } from '../evaluate/ask-model.js';
import { type BenchProgress, runWithBaselines } from '../evaluate/runner.js';
import { worldScenes } from '../evaluate/world-source.js';
import { writeAtomic } from '../util/fs.js';
import { loadSprites } from '../world/render.js';
import { SPLITS, type Split } from '../world/scene.js';
import { adapterArgs, readAdapters } from './conversation.js';
import { fetchModel } from './fetch-model.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { didYouMean } from './nearest.js';
import { usageError } from './report.js';
import { DEFAULT_MODEL } from './root.js';
import { scoreTable } from './score-table.js';
import { createProgress } from './terminal.js';

/** The benchmarks there are. */
export const BENCHES = ['pope', 'vqa', 'caption'] as const;

/** Reads `--bench pope,vqa` and `--n` as sample counts; what is not named is left out. */
export function readCounts(bench: string | undefined, n: number | undefined): { pope?: number; vqa?: number; caption?: number } {
  const names = (bench ?? BENCHES.join(',')).split(',').map((name) => name.trim().replace(/^chair$/, 'caption'));
  for (const name of names)
    if (!(BENCHES as readonly string[]).includes(name))
      throw usageError('there is no such benchmark', {
        place: '--bench',
        expected: BENCHES.join(', '),
        got: name || 'nothing',
        hint: didYouMean(name, BENCHES),
      });
  return Object.fromEntries(BENCHES.flatMap((name) => (!names.includes(name) ? [[name, 0]] : n === undefined ? [] : [[name, n]])));
}

export default defineCommand({
  meta: { name: 'eval', description: 'Measure a model over the scene world, beside its degenerate baselines' },
  args: {
    model: { type: 'positional', description: 'folder or name of a model', default: DEFAULT_MODEL },
    ...adapterArgs,
    bench: { type: 'string', description: 'benchmarks, separated by commas (default: pope,vqa,caption)', valueHint: 'LIST' },
    n: { type: 'string', description: 'samples of each kind (default: 600 for pope, 200 for vqa and captions)', valueHint: 'N' },
    seed: { type: 'string', description: 'draws the scenes and the questions', default: '0', valueHint: 'N' },
    split: { type: 'string', description: SPLITS.join(', '), default: 'test', valueHint: 'SPLIT' },
    language: { type: 'string', description: 'en or zh', default: 'en', valueHint: 'LANG' },
    out: { type: 'string', description: 'also write the result as JSON', valueHint: 'FILE' },
    json: { type: 'boolean', description: 'print the result as JSON' },
  },
  async run({ args }) {
    const n = readCounts(args.bench, numberOption('n', args.n, { min: 1, integer: true }));
    const seed = numberOption('seed', args.seed, { integer: true }) as number;
    const split = choiceOption<Split>('split', args.split, SPLITS) as Split;
    const language = choiceOption('language', args.language, ['en', 'zh']) as 'en' | 'zh';
    const adapters = readAdapters(args);
    if (args._.length > 1) throw usageError('one model at a time', { got: args._.join(' ') });
    const progress = createProgress();
    await withInterrupt(async (signal) => {
      const { Mllm } = await import('../index.js');
      const model = await Mllm.load(await fetchModel(args.model, { signal }), { adapters, signal });
      try {
        const scenes = worldScenes(await loadSprites(), { seed, split });
        const answerer = answererOf(model, scenes.source.size);
        const onProgress = ({ who, bench, done, total }: BenchProgress): void =>
          progress.update({ label: who === 'model' ? bench : `${bench} (${who})`, done, total });
        const started = performance.now();
        const { bench, baselines } = await runWithBaselines({ ...answerer, scenes, options: { language, n }, signal, onProgress });
        progress.end();
        const seconds = Number(((performance.now() - started) / 1000).toFixed(2));
        const result = { model: args.model, world: scenes.source.description, language, seed, split, seconds, bench, baselines };
        if (args.out) await writeAtomic(args.out, `${JSON.stringify(result, null, 2)}\n`);
        if (args.json) process.stdout.write(`${JSON.stringify(result)}\n`);
        else
          process.stdout.write(
            `${args.model} on the scene world (${language}). ${scenes.source.description}\n\n${scoreTable(bench, baselines)}\n`,
          );
      } finally {
        progress.end();
        await model.dispose();
      }
    });
  },
});
