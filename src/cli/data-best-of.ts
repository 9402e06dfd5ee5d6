// `sensorium data best-of`: the best of several completions of every row, by a reward, as a data set to fine-tune on.

import { type ArgsDef, defineCommand } from 'citty';
import { checkTarget, conversations, formatNamed } from '../data/index.js';
import { openModel } from '../model/index.js';
import { bestConversation, bestOf } from '../train/online/best-of.js';
import { SensoriumError } from '../util/errors.js';
import { plural, readArgs, readOptions } from './data-flags.js';
import { fetchModel } from './fetch-model.js';
import { numberOption } from './flags.js';
import { grpoArgs } from './grpo-options.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { rewardOption } from './reward-option.js';
import { createProgress } from './terminal.js';

const args = {
  ...readArgs,
  model: { type: 'string', description: 'folder in Hugging Face layout, or a model of the hub', required: true, valueHint: 'MODEL' },
  adapter: { type: 'string', description: 'adapter on the model, in the layout of peft', valueHint: 'FOLDER' },
  reward: grpoArgs.reward,
  n: { type: 'string', description: 'completions of each row', default: '8' },
  least: { type: 'string', description: 'leave out rows whose best completion is worth less (rejection sampling)' },
  temperature: { type: 'string', description: 'of sampling', default: '1' },
  'max-tokens': { type: 'string', description: 'most tokens of a completion', default: '64' },
  seed: { type: 'string', description: 'seed of sampling', default: '0' },
  out: { type: 'string', description: 'folder to write: data.jsonl and images, which sft reads', required: true, valueHint: 'FOLDER' },
  force: { type: 'boolean', description: 'replace what is already there' },
  json: { type: 'boolean', description: 'print the result as JSON' },
} satisfies ArgsDef;

/** `sensorium data best-of`. */
export const bestOfCommand = defineCommand({
  meta: { name: 'best-of', description: 'Complete every row several times and write the best completions by a reward' },
  args,
  async run({ args }) {
    if (args._.length > 1) throw usageError('one data set at a time', { got: args._.join(' ') });
    const whole = (key: 'n' | 'max-tokens', min: number): number => numberOption(key, args[key], { min, integer: true }) as number;
    const sampling = {
      n: whole('n', 1),
      maxTokens: whole('max-tokens', 1),
      temperature: numberOption('temperature', args.temperature, { min: 0 }) as number,
      least: numberOption('least', args.least),
      seed: numberOption('seed', args.seed, { integer: true }) as number,
    };
    const reward = await rewardOption(args.reward);
    await checkTarget(args.out, { force: args.force });
    const progress = createProgress();
    try {
      await withInterrupt(async (signal) => {
        const model = await openModel(await fetchModel(args.model), { signal, adapters: args.adapter ? [args.adapter] : undefined });
        const data = await conversations(args.path, readOptions(args, progress)).open(signal);
        const found = { rows: 0, kept: 0, mean: 0, best: 0 };
        async function* kept() {
          const onRow = (done: number, total: number): void => progress.update({ label: 'rows', done, total });
          for await (const one of bestOf({ model, data, reward, ...sampling, signal, onRow })) {
            found.rows++;
            found.mean += one.mean;
            found.best += one.reward;
            if (!one.kept) continue;
            found.kept++;
            yield bestConversation(one);
          }
          // Thrown here, so that the target is left as it was.
          if (found.kept === 0)
            throw new SensoriumError('train.reward', 'no completion is worth enough', {
              place: '--least',
              expected: `a row whose best completion is worth ${sampling.least}`,
              got: `${found.rows} rows, mean of the best ${(found.best / found.rows).toFixed(3)}`,
            });
        }
        try {
          await formatNamed('openai').write?.(args.out, kept(), { force: args.force, signal });
        } finally {
          data.dispose();
          await reward.dispose?.();
        }
        progress.end();
        const [mean, best] = [found.mean / found.rows, found.best / found.rows];
        const result = { out: args.out, rows: found.rows, kept: found.kept, reward: { mean, best } };
        const words = `wrote ${plural(found.kept, 'row')} of ${found.rows} to ${args.out}; mean reward ${mean.toFixed(3)}, of the best ${best.toFixed(3)}`;
        process.stdout.write(`${args.json ? JSON.stringify(result) : words}\n`);
      });
    } finally {
      progress.end();
    }
  },
});
