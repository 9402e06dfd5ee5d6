// `sensorium sft|dpo|kto|… MODEL --data FILE`: trains any model that loads on conversations or preferences of one's own, and shows what it learned.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArgsDef, defineCommand } from 'citty';
import { AXES } from '../data/index.js';
import { exactMatch } from '../evaluate/metrics/vqa.js';
import { isFirstRank } from '../runtime/launch.js';
import { openCommunicator } from '../runtime/mpi.js';
import { PAIR_LOSSES } from '../train/objectives/pair-losses.js';
import { Ranks } from '../train/parallel/ranks.js';
import { planRecipe } from '../train/plan.js';
import { assertRunnable } from '../train/run.js';
import { openSft, type PreparedSft, prepareSft, runSft, type SftOptions, sftRecipe, type TuneMethod } from '../train/sft.js';
import { readText, writeAtomic } from '../util/fs.js';
import { AXIS, hubOptions, maxDownload } from './data-flags.js';
import { fetchModel } from './fetch-model.js';
import { choiceOption, numberOption, ratesOption } from './flags.js';
import { grpoArgs, grpoOptions } from './grpo-options.js';
import { withInterrupt } from './interrupt.js';
import { mixedData, mixtureOf } from './mix-option.js';
import { ppoArgs, ppoOptions } from './ppo-options.js';
import { ppoEnd } from './ppo-report.js';
import { assertAlone, rankArgs, rankOptions } from './ranks.js';
import { usageError } from './report.js';
import { runView, type ViewEvent } from './run-view.js';
import { heldOut, replies } from './sft-predictions.js';
import { type Prediction, writeSftReport } from './sft-report.js';
import { sftSweep } from './sft-sweep.js';
import { runSweep } from './sweep.js';
import { createProgress } from './terminal.js';
import { planTable } from './train.js';
import { dataLines, endLines, shownOptions } from './tune-lines.js';
import { runReward } from './tune-reward.js';

const args = {
  model: { type: 'positional', description: 'folder in Hugging Face layout, or a model of the hub', required: true },
  data: {
    type: 'string',
    description: 'data set: a file or folder of any format that `sensorium data` reads, or owner/name on the hub',
    valueHint: 'PATH',
  },
  'max-download': maxDownload,
  mix: {
    type: 'string',
    description: 'how several data sets (--data a.jsonl,b.jsonl) are mixed: size (default), sqrt, sequential, weights=2,1',
    valueHint: 'HOW',
  },
  'mix-cap': { type: 'string', description: 'rows that one of them counts as at most', valueHint: 'N' },
  'text-share': { type: 'string', description: 'share of conversations without images', valueHint: 'SHARE' },
  images: { type: 'string', description: 'folder of the images (default: the folder of the data)', valueHint: 'DIR' },
  format: { type: 'string', description: 'format of the data, where its content does not tell', valueHint: 'NAME' },
  prompt: { type: 'string', description: 'question of rows that have none, such as captions', valueHint: 'TEXT' },
  axis: { type: 'string', description: AXIS, valueHint: 'NAME' },
  captions: { type: 'string', description: 'JSON file of captions by image, beside the rows (Fact-RLHF)', valueHint: 'FILE' },
  lora: { type: 'string', description: 'train low-rank adapters of this rank instead of the weights', valueHint: 'RANK' },
  'lora-alpha': { type: 'string', description: 'scale of the adapters (default: twice the rank)' },
  'lora-targets': {
    type: 'string',
    description:
      'layers with adapters: names, parts (vision, connector, language), a regular expression, or all-linear (default: language)',
  },
  strength: { type: 'string', description: 'share of what was learned that adapters keep, 0 to 1: less of it forgets less (default: 1)' },
  dora: { type: 'boolean', description: 'adapters with magnitudes of their own (DoRA)' },
  'add-tokens': {
    type: 'string',
    description: 'new tokens, with commas between them: what texts spell so is one token',
    valueHint: 'LIST',
  },
  'add-special-tokens': { type: 'string', description: 'new tokens that only the template writes', valueHint: 'LIST' },
  train: { type: 'string', description: 'parts that learn: adapters, connector, language, vision, embeddings, all, layers.4-, patterns' },
  epochs: { type: 'string', description: 'passes over the data', default: '2' },
  steps: { type: 'string', description: 'optimizer steps, instead of epochs' },
  lr: { type: 'string', description: 'peak learning rate, also of parts: 1e-4,vision=2e-6 (default: by the width of the model)' },
  batch: { type: 'string', description: 'conversations in a batch', default: '8' },
  accumulate: { type: 'string', description: 'batches in a step', default: '1' },
  'gradient-checkpointing': { type: 'boolean', description: 'recompute the layers for the gradients: less memory, more time' },
  'max-length': { type: 'string', description: 'longest conversation in tokens (default: what the model reads, at most 2048)' },
  holdout: { type: 'string', description: 'share of the rows held out, or their number', default: '0.05' },
  patience: { type: 'string', description: 'stop after so many held-out losses without a better one (0: never)', default: '0' },
  template: { type: 'string', description: 'chat template in place of that of the model', valueHint: 'FILE.jinja' },
  dtype: { type: 'string', description: 'type of saved weights: original, float32, float16, bfloat16 (default: original)' },
  seed: { type: 'string', description: 'seed of everything', default: '0' },
  'skip-batch': { type: 'boolean', description: 'leave out batches whose loss or gradient is not finite, or beyond --max-loss' },
  'max-loss': { type: 'string', description: 'a loss that has exploded (default: above 100 times the first ones and 1000)' },
  'skip-bad': { type: 'boolean', description: 'leave out rows that cannot be used, and list them in bad.jsonl' },
  sweep: {
    type: 'boolean',
    description: 'run every combination of option=value,value after it (lr=1e-4,1e-3 rank=4,16 seed=1,2), and compare',
  },
  out: { type: 'string', description: 'folder of the run (default: runs/sft)', default: 'runs/sft', valueHint: 'DIR' },
  resume: { type: 'boolean', description: 'go on where the run in the folder stopped' },
  plan: { type: 'boolean', description: 'inspect the data, print memory and time; train nothing' },
  recipe: { type: 'boolean', description: 'print the TypeScript recipe that does the same' },
  ...rankArgs,
  json: { type: 'boolean', description: 'print events and the result as JSON lines' },
} satisfies ArgsDef;

/** Options of preference learning, by the methods that have them. */
const methodArgs = {
  loss: {
    type: 'string',
    description: `the loss: ${Object.entries(PAIR_LOSSES)
      .flatMap(([name, { reference }]) => (reference ? [name] : []))
      .join(', ')} (default: sigmoid)`,
    valueHint: 'NAME',
  },
  beta: { type: 'string', description: "how far the model may go from where it begins: small lets it go far (default: the loss's own)" },
  'label-smoothing': { type: 'string', description: 'share of pairs that are taken to be the wrong way round' },
  preference: { type: 'string', description: 'of mpo: share of which reply is better (default: 0.8)' },
  quality: { type: 'string', description: 'of mpo: share of how good each reply is (default: 0.2)' },
  tau: { type: 'string', description: 'temperature of the discopop loss (default: 0.05)' },
  sft: { type: 'string', description: 'share of the plain loss of the chosen replies that is added' },
  desirable: { type: 'string', description: 'weight of good replies (default: 1)' },
  centering: { type: 'string', description: 'how strongly scores are kept near zero (default: 0.01)' },
  undesirable: { type: 'string', description: 'weight of bad replies (default: 1)' },
  ...grpoArgs,
  ...ppoArgs,
  gamma: {
    type: 'string',
    description:
      'of simpo: how far ahead the chosen reply must be (default: 0.5); of the loss dense: weight of the tokens that differ (default: 5); of ppo: discount of what comes a token later (default: 1)',
  },
} satisfies ArgsDef;

interface Method {
  description: string;
  options: readonly (keyof typeof methodArgs)[];
  /** Reads further options of the stage, those of `more`. */
  read?(given: Args): Promise<Record<string, unknown>>;
  more?: readonly (keyof typeof methodArgs)[];
}

const METHODS: Readonly<Record<TuneMethod, Method>> = {
  sft: { description: 'Fine-tune a model on conversations of your own', options: [] },
  dpo: {
    description: 'Train a model on pairs of replies, one preferred to the other, measured from where it begins',
    options: ['loss', 'beta', 'label-smoothing', 'gamma', 'tau', 'preference', 'quality', 'sft'],
  },
  orpo: {
    description: 'Train a model on chosen replies and against rejected ones in one go, without a reference',
    options: ['beta', 'sft'],
  },
  simpo: { description: 'Train a model on pairs of replies by their log-probabilities per token', options: ['beta', 'gamma', 'sft'] },
  cpo: { description: 'Train a model on pairs of replies without a reference', options: ['beta', 'label-smoothing', 'sft'] },
  kto: {
    description: 'Train a model on single replies that were called good or bad',
    options: ['beta', 'desirable', 'undesirable'],
  },
  reward: {
    description: 'Train a reward model: a score for replies, from pairs of which one was preferred',
    options: ['centering'],
  },
  grpo: {
    description: 'Train a model on completions of its own that a reward judges, compared within their group',
    options: ['beta'],
    read: grpoOptions,
    more: Object.keys(grpoArgs) as (keyof typeof grpoArgs)[],
  },
  ppo: {
    description: 'Train a model on replies of its own that a reward model scores, with values beside the policy (PPO)',
    options: [],
    read: ppoOptions,
    more: Object.keys(ppoArgs) as (keyof typeof ppoArgs)[],
  },
};

/** The command of a method. */
export const tuneCommand = (method: TuneMethod) => {
  const { description, options, more = [] } = METHODS[method];
  const own = [...options, ...more];
  const out = { ...args.out, description: `folder of the run (default: runs/${method})`, default: `runs/${method}` };
  return defineCommand({
    meta: { name: method, description },
    args: { ...args, ...(Object.fromEntries(own.map((key) => [key, methodArgs[key]])) as typeof methodArgs), out },
    async run({ args, rawArgs }) {
      const [name, ...others] = args._;
      if (others.length > 0 && !args.sweep) throw usageError('one model at a time', { got: others.join(' ') });
      if (args.sweep && (args.plan || args.resume || args.recipe))
        throw usageError('--sweep resumes by itself, and has no plan and no recipe', { hint: 'Leave out --plan, --resume and --recipe' });
      if (!args.data) throw usageError('--data is missing', { expected: 'a data set: --data my/data.json' });
      const dtype = choiceOption('dtype', args.dtype, ['original', 'float32', 'float16', 'bfloat16'] as const);
      const progress = createProgress();
      const words = (text: string): void => {
        if (!args.json) progress.line(text); // of rank 0
      };
      const print = (value: unknown): void => {
        if (isFirstRank()) process.stdout.write(`${JSON.stringify(value)}\n`);
      };
      if (args.recipe && args.strength !== undefined)
        throw usageError('--strength is applied when a run of this command is saved, and a recipe has no such step', {
          hint: 'Leave out --recipe or --strength',
        });
      const isFirst = isFirstRank();
      if (args.sweep) assertAlone('--sweep');
      if ((args.plan || args.recipe) && !isFirst) return;
      if (!args.plan && !args.recipe && !args.sweep && isFirst) await assertRunnable(args.out, { resume: args.resume });
      const folder = await fetchModel(name as string);
      const options = await optionsOf(args, folder, method);
      const command = ['sensorium', method, ...rawArgs.map(shellWord)].join(' ');
      const mix = mixtureOf(args as typeof args & { data: string });
      const axis = choiceOption('axis', args.axis, AXES);
      const { data: path, images, format, prompt, captions } = args;
      const source = { path, images, format, prompt, axis, captions, ...(mix ? { mix } : {}) };
      if (args.recipe) {
        const { decided } = await openSft(options);
        process.stdout.write(sftRecipe({ ...options, model: name as string }, source, decided));
        return;
      }
      await withInterrupt(
        async (signal) => {
          const reading = { ...source, skipBad: args['skip-bad'], check: 'rows' as const, hub: hubOptions(args['max-download'], progress) };
          const data = await mixedData(source.path, mix, reading, numberOption('seed', args.seed, { integer: true })).open(signal);
          try {
            const onRow = (done: number, total: number): void => progress.update({ label: 'reading the data', done, total });
            const view = runView(progress);
            const onEvent = (event: ViewEvent): void => {
              if (args.json) print(event);
              view(event);
            };
            if (args.sweep) {
              const job = await sftSweep(others, {
                keys: [...SWEPT, ...own],
                options: (changed) => optionsOf({ ...args, ...changed }, folder, method),
                data,
                dtype,
                out: args.out,
                signal,
                onRow,
                onEvent,
              });
              const note = (message: string): void => onEvent({ type: 'note', message });
              const { table, scores } = await runSweep(job, { dir: args.out, signal, command, note });
              progress.end();
              if (args.json) print({ type: 'sweep', scores });
              else process.stdout.write(`\n${table}\ncomparison: ${join(args.out, 'sweep.html')}\n`);
              return;
            }
            const ranks = new Ranks(await openCommunicator(), signal);
            const prepared = await ranks.each(() => prepareSft(options, data, { signal, onRow }));
            for (const line of dataLines(prepared)) words(line);
            if (args.json) print({ type: 'data', ...prepared.report, usable: prepared.report.usable.length });
            if (args.plan) {
              const plan = await planRecipe(prepared.recipe, { dir: args.out, signal });
              if (args.json) print({ type: 'plan', ...plan });
              else process.stdout.write(planTable(plan));
              return;
            }
            if (isFirst) await mkdir(args.out, { recursive: true });
            if (prepared.bad.length > 0 && isFirst)
              await writeAtomic(join(args.out, 'bad.jsonl'), prepared.bad.map((row) => `${JSON.stringify(row)}\n`).join(''));
            if (method === 'reward') {
              const run = { dir: args.out, model: name as string, data: source.path, holdout: options.holdout, seed: options.seed };
              const onPart = (done: number, total: number): void => progress.update({ label: 'scoring held-out pairs', done, total });
              const how = {
                resume: args.resume,
                ...rankOptions(args),
                dtype,
                signal,
                onEvent,
                onPart,
                options: shownOptions(options),
                command,
              };
              const rewarded = await runReward({ prepared, ...run, ...how });
              if (!rewarded) return; // a rank after the first
              const { text, measure, ...ended } = rewarded;
              progress.end();
              if (args.json) print({ type: 'result', ...ended, scores: measure.scores });
              else process.stdout.write(text);
              return;
            }
            const held = await heldOut(prepared.data, options);
            const mine = ranks.shareOf(held);
            const asked = (model: PreparedSft['model'], label: string): Promise<string[]> =>
              ranks.dealt(() => replies(model, mine, signal, (done) => progress.update({ label, done, total: mine.length })));
            const before = await asked(prepared.model, 'asking before');
            const result = await runSft(prepared, { dir: args.out, resume: args.resume, ...rankOptions(args), signal, onEvent, dtype });
            const after = await asked(result.state.trained(), 'asking after');
            if (!isFirst) return;
            const predictions = held.map(({ messages, about }, i) => {
              const [was, is] = [before[i] as string, after[i] as string];
              const right = (reply: string): boolean => exactMatch(reply, about.answer, about.question);
              return { messages, ...about, before: was, after: is, right: { before: right(was), after: right(is) } };
            });
            const count = (key: 'before' | 'after'): number => predictions.filter((p) => p.right[key]).length;
            // A reward says what completions are worth; the answers of the data are not what was learned.
            const judged = method !== 'ppo' && method !== 'grpo';
            const score = judged ? { n: predictions.length, before: count('before'), after: count('after') } : undefined;
            const kept = predictions.map(({ messages: _messages, ...prediction }): Prediction => prediction);
            const said = { ...(score ? { score } : {}), predictions: kept };
            await writeAtomic(join(args.out, 'predictions.json'), `${JSON.stringify(said, null, 1)}\n`);
            const end = method === 'ppo' ? await ppoEnd(args.out, prepared.recipe) : { lines: [], sections: [] };
            const page = await writeSftReport({
              dir: args.out,
              model: name as string,
              data: source.path,
              prepared,
              result,
              predictions,
              options: shownOptions(options),
              command,
              judged,
              sections: end.sections,
            });
            progress.end();
            if (args.json)
              print({
                type: 'result',
                saved: result.saved,
                report: page,
                kind: result.kind,
                seconds: result.seconds,
                ...(score ? { score } : {}),
              });
            else {
              const model = folder === prepared.model.dir ? (name as string) : prepared.model.dir;
              process.stdout.write(endLines(result, score, { model, page, more: end.lines }));
            }
          } finally {
            progress.end();
            data.dispose();
          }
        },
        { onStop: () => progress.line('stopping after this step and keeping a checkpoint; again to stop at once') },
      );
    },
  });
};

/** Options that a sweep may vary. */
const SWEPT = Object.keys(args).filter(
  (key) =>
    !/^(model|data|mix|mix-cap|text-share|max-download|images|format|prompt|axis|captions|dtype|skip-bad|skip-batch|max-loss|max-kl|sweep|out|resume|plan|recipe|zero|rank-logs|json)$/.test(
      key,
    ),
);

type Args = { [K in keyof (typeof args & typeof methodArgs)]?: string | boolean } & { _: string[] };

async function optionsOf(given: Args, model: string, method: TuneMethod): Promise<SftOptions> {
  const text = (key: keyof (typeof args & typeof methodArgs)): string | undefined => given[key] as string | undefined;
  const number = (key: keyof (typeof args & typeof methodArgs), bounds: Parameters<typeof numberOption>[2]): number | undefined =>
    numberOption(key, text(key), bounds);
  const list = (key: keyof typeof args): string[] | undefined =>
    text(key)
      ?.split(',')
      .map((part) => part.trim());
  const rank = number('lora', { min: 0, integer: true }) ?? 0;
  const ofAdapters = (['lora-alpha', 'lora-targets', 'dora'] as const).find((key) => given[key]);
  if (rank === 0 && ofAdapters)
    throw usageError('this option is of low-rank adapters', { place: `--${ofAdapters}`, hint: 'Ask for them with --lora RANK' });
  const template = text('template');
  const { options: numbers, read } = METHODS[method];
  const plain = numbers.map((key) => [camel(key), key === 'loss' ? text(key) : number(key, { min: 0 })] as const);
  const strengths = [...plain, ...Object.entries((await read?.(given)) ?? {})];
  return {
    model,
    method,
    strengths: Object.fromEntries(strengths.filter(([, value]) => value !== undefined)),
    lora: rank,
    loraAlpha: number('lora-alpha', { min: 0 }),
    loraTargets: isPattern(text('lora-targets')) ? text('lora-targets') : list('lora-targets'),
    dora: given.dora === true,
    strength: number('strength', { min: 0 }),
    train: list('train'),
    epochs: number('epochs', { min: 0.001 }) as number,
    batch: number('batch', { min: 1, integer: true }) as number,
    maxLength: number('max-length', { min: 1, integer: true }),
    holdout: number('holdout', { min: 0 }) as number,
    // Data sets one after the other stay so.
    ...(text('mix') === 'sequential' ? { shuffle: false } : {}),
    skipBad: given['skip-bad'] === true,
    seed: number('seed', { integer: true }) as number,
    template: template === undefined ? undefined : await readText(template),
    tokens: [...(list('add-tokens') ?? []), ...(list('add-special-tokens') ?? []).map((content) => ({ content, special: true }))],
    options: {
      ...defined('steps', number('steps', { min: 1, integer: true })),
      ...ratesOption(text('lr')),
      accumulate: number('accumulate', { min: 1, integer: true }) as number,
      ...(given['gradient-checkpointing'] ? { gradientCheckpointing: true } : {}),
      ...(given['skip-batch'] ? { skipBatch: true } : {}),
      ...defined('maxLoss', number('max-loss', { min: 0 })),
      ...defined('patience', number('patience', { min: 0, integer: true }) || undefined),
    },
  };
}

/** The name of an option in TypeScript. */
const camel = (key: string): string => key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

const defined = (key: string, value: number | undefined): Record<string, number> => (value === undefined ? {} : { [key]: value });

/** True for `all-linear` and for what only a regular expression can contain: such a text is one pattern, not a list of names. */
const isPattern = (text: string | undefined): boolean => text !== undefined && (text === 'all-linear' || /[\\^$*+?()[\]{}|]/.test(text));

/** A word as a shell reads it. */
const shellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
