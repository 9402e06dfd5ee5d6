// `sensorium data filter`: pretraining data through filters, one at a time or as a published recipe, with the reason of every row.

import { type ArgsDef, defineCommand } from 'citty';
import {
  type ClipCalibration,
  CURATE_RECIPES,
  type CurateReport,
  calibrateClip,
  curate,
  curateRecipe,
  FILTERS,
  type FilterChoice,
  parseFilters,
  TRANSFORMS,
  writeSamplePage,
} from '../curate/index.js';
import { curateArgs, curateOptions, openEmbedder, openLabeler, shareOption } from './curate-flags.js';
import { queueArgs, queueOption, runShared } from './curate-queue.js';
import { plural } from './data-flags.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress, type Progress } from './terminal.js';

const filterArgs = {
  ...curateArgs,
  recipe: { type: 'string', description: `published filters: ${CURATE_RECIPES.map(({ name }) => name).join(', ')}`, valueHint: 'NAME' },
  filters: {
    type: 'string',
    description: 'filters with their settings: size:min=200,aspect:max=3,clip (--filters help lists all)',
    valueHint: 'LIST',
  },
  without: { type: 'string', description: 'filters of the recipe that are left out, with commas', valueHint: 'LIST' },
  transforms: { type: 'string', description: `what is done to captions that stay: ${TRANSFORMS.join(', ')}`, valueHint: 'LIST' },
  clip: {
    type: 'string',
    description: 'CLIP of the clip filter: a folder or a model of the hub (default: models/world-clip)',
    valueHint: 'MODEL',
  },
  'clip-calibrate': { type: 'boolean', description: 'find the threshold of the CLIP on mismatched pairs first; without --out, only that' },
  'clip-pass': {
    type: 'string',
    description: 'of mismatched pairs at most this share may pass (default: what parts both best)',
    valueHint: 'SHARE',
  },
  'clip-rows': { type: 'string', description: 'rows that are looked at for it (default: 500)', valueHint: 'N' },
  detector: {
    type: 'string',
    description: 'finds the labels of images that have none: world, nanodet, centernet, or a folder',
    valueHint: 'NAME',
  },
  explain: { type: 'boolean', description: 'note all reasons of a row, not only the first (slower)' },
  shard: { type: 'string', description: 'one of n shares of the rows, such as 2/4', valueHint: 'i/n' },
  ...queueArgs,
} satisfies ArgsDef;

/** The filters of a recipe, with those of `--filters` added or set anew. */
function chosenBy({ recipe, filters, without }: { recipe?: string; filters?: string; without?: string }): FilterChoice[] {
  const out = new Set(
    (without ?? '')
      .split(',')
      .filter(Boolean)
      .map((name) => parseFilters(name)[0]?.name),
  );
  const all = [...(recipe ? curateRecipe(recipe).filters : []), ...parseFilters(filters ?? '')];
  const chosen = all.filter(({ name }) => !out.has(name));
  if (chosen.length === 0)
    throw usageError('no filter is named', { hint: 'Give --recipe NAME or --filters LIST; --filters help lists all' });
  return chosen;
}

function listFilters(): string {
  const lines = FILTERS.map(({ name, about, settings }) => {
    const each = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
    return `  ${name.padEnd(11)} ${about}${each.length > 0 ? ` (${each.join(', ')})` : ''}`;
  });
  const recipes = CURATE_RECIPES.map(({ name, about, without }) => `  ${name.padEnd(11)} ${about}\n${' '.repeat(14)}without: ${without}`);
  return ['filters, with their settings', ...lines, '', 'recipes', ...recipes].join('\n');
}

/** Words about a threshold. */
export function calibrationLine({ auc, threshold, keep, pass, matched, mismatched, model, broken }: ClipCalibration): string {
  const rows = `${plural(matched, 'pair')}, ${mismatched} mismatched${broken > 0 ? `, ${broken} broken` : ''}`;
  const warning =
    auc < 0.7 ? '\n  this CLIP hardly tells the captions of these images from others: take another, or leave the filter out' : '';
  return `${model}: AUC ${auc.toFixed(3)} (${rows}); threshold ${threshold.toFixed(3)} keeps ${percent(keep)} of matched and ${percent(pass)} of mismatched pairs${warning}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** Words about a run. */
export function reportLines(report: CurateReport, out: string): string[] {
  const { rows, kept, first, all } = report;
  const lines = [`kept ${kept} of ${plural(rows, 'row')} (${percent(rows > 0 ? kept / rows : 0)}) in ${out} (${report.to})`];
  for (const [name, count] of Object.entries(first))
    lines.push(
      `  ${name.padEnd(11)} dropped ${count}${all && all[name] !== count ? ` (${all[name]} with rows that another filter drops first)` : ''}`,
    );
  return lines;
}

/** `sensorium data filter`. */
export const filterCommand = defineCommand({
  meta: {
    name: 'filter',
    description: 'Filter images with captions by rules and scores, as published or your own, with a reason for every row',
  },
  args: filterArgs,
  async run({ args }) {
    if (args.filters === 'help') {
      process.stdout.write(`${listFilters()}\n`);
      return;
    }
    if (args._.length > 1) throw usageError('one data set', { got: args._.join(' ') });
    const calibrates = Boolean(args['clip-calibrate']);
    const recipe = choiceOption(
      'recipe',
      args.recipe,
      CURATE_RECIPES.map(({ name }) => name),
    );
    const share = shareOption(args.shard);
    const queue = queueOption(args);
    if (queue && share) throw usageError('a queue gives out the shares itself', { place: '--shard', hint: 'Leave out --shard' });
    const options = curateOptions(args);
    const { out } = args;
    if (queue && out === undefined) throw usageError('where the shares are written is missing', { place: '--out' });
    if (out === undefined && !calibrates) throw usageError('where the rows are written is missing', { place: '--out' });
    const pass = numberOption('clip-pass', args['clip-pass'], { min: 0, max: 1 });
    const n = numberOption('clip-rows', args['clip-rows'], { min: 20, integer: true });
    let filters = out === undefined ? [] : chosenBy({ ...args, recipe });
    const transforms = args.transforms?.split(',').map((name) => choiceOption('transforms', name.trim(), TRANSFORMS) as string);
    const usesClip = calibrates || filters.some(({ name }) => name === 'clip');
    const progress = createProgress();
    const result = await withInterrupt(async (signal) => {
      const embedder = usesClip ? await openEmbedder(args.clip, signal) : undefined;
      const labeler = args.detector === undefined ? undefined : await openLabeler(args.detector, signal);
      try {
        const onProgress = (done: number, total: number): void => progress.update({ label: 'calibrating', done, total });
        const calibration =
          calibrates && embedder ? await calibrateClip(args.path, embedder, { ...options, n, pass, signal, onProgress }) : undefined;
        if (calibration) filters = [...filters, { name: 'clip', settings: { min: calibration.threshold, other: 0 } }];
        else if (embedder && !args.filters?.includes('clip'))
          progress.line(`the threshold is that of the CLIP of the recipe; --clip-calibrate finds that of ${embedder.name}`);
        if (out === undefined) return { calibration };
        const target = share ? `${out.replace(/\/+$/, '')}/${share.index + 1}-of-${share.count}` : out;
        const run = {
          ...options,
          out: target,
          filters,
          ...{ recipe, share, embedder, labeler, signal, explain: Boolean(args.explain) },
          transforms: transforms ?? (recipe ? curateRecipe(recipe).transforms : undefined),
        };
        if (queue) {
          const report = await runShared(args.path, run, { ...queue, progress });
          return { calibration, ...(report ? { report, target } : {}) };
        }
        const report = await curate(args.path, { ...run, onProgress: showProgress(progress) });
        progress.end();
        const page = await writeSamplePage(args.path, target, report, { ...options, command: commandOf(args) });
        return { calibration, report, target, page };
      } finally {
        await embedder?.dispose();
        labeler?.dispose();
      }
    }).finally(() => progress.end());
    const { calibration, report, target, page } = result as typeof result & { page?: string };
    if (queue?.work) return; // a worker says what it does while it does it
    if (args.json) {
      process.stdout.write(
        `${JSON.stringify({ ...(target ? { out: target } : {}), ...report, ...(page ? { page } : {}), ...(calibration ? { calibration } : {}) })}\n`,
      );
      return;
    }
    const lines = [...(calibration ? [calibrationLine(calibration)] : []), ...(report && target ? reportLines(report, target) : [])];
    if (page) lines.push(`pictures of kept and dropped rows: ${page}`);
    process.stdout.write(`${lines.join('\n')}\n`);
  },
});

const showProgress =
  (progress: Progress) =>
  ({ stage, done, total, kept }: { stage: string; done: number; total: number; kept: number }): void =>
    progress.update({
      label: stage === 'captions' ? 'counting captions' : 'rows',
      done,
      total,
      ...(stage === 'rows' ? { note: `${kept} kept` } : {}),
    });

/** The command as it can be typed again. */
const commandOf = (args: Readonly<Record<string, unknown>>): string => {
  const flags = Object.keys(filterArgs).flatMap((name) => {
    const value = args[name];
    if (name === 'path' || value === undefined || value === false || value === '') return [];
    return value === true ? [`--${name}`] : [`--${name} ${String(value)}`];
  });
  return ['sensorium data filter', String(args.path), ...flags].join(' ');
};
