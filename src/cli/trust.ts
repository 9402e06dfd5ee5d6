// `sensorium trust MODEL`: hallucination of captions by type, and every correction beside the model itself, over the scene world or annotated images.

import { dirname } from 'node:path';
import { defineCommand } from 'citty';
import { worldScenes } from '../evaluate/world-source.js';
import type { Mllm } from '../generate/mllm.js';
import { annotatedImages } from '../trust/annotated.js';
import { type TrustBench, trustBench } from '../trust/bench.js';
import { type TrustImages, worldImages } from '../trust/images.js';
import { methodsFor, methodsNamed, otherModel, TRUST_METHODS, type TrustMethod } from '../trust/methods/index.js';
import { writeTrustReport } from '../trust/report.js';
import { overSeeds, type SeededBench } from '../trust/seeds.js';
import { seedCells, trustCells } from '../trust/table.js';
import { writeAtomic } from '../util/fs.js';
import { loadSprites } from '../world/render.js';
import { SPLITS, type Split } from '../world/scene.js';
import { fetchModel } from './fetch-model.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { DEFAULT_MODEL } from './root.js';
import { alignColumns } from './score-table.js';
import { createProgress } from './terminal.js';
import { type OpenDetector, openDetector } from './trust-detectors.js';
import { hasSwitch, trustModelOf, verifierOf } from './trust-models.js';

/** The methods of `--methods a,b`; undefined where they were not given: then all that have what they need run. */
export function chooseMethods(list: string | undefined): TrustMethod[] | undefined {
  if (list === undefined) return undefined;
  const known = TRUST_METHODS.map(({ name }) => name);
  return methodsNamed(list.split(',').map((name) => choiceOption('methods', name.trim(), known) as string));
}

/** The models of `--beside a=MODEL,b=MODEL`, by the names of their rows. */
export function besideOption(list: string | undefined): [name: string, model: string][] {
  const pairs = (list === undefined ? [] : list.split(',')).map((item): [string, string] => {
    const at = item.indexOf('=');
    return [item.slice(0, Math.max(0, at)).trim(), item.slice(at + 1).trim()];
  });
  const names = new Set(TRUST_METHODS.map(({ name }) => name));
  for (const [name, model] of pairs) {
    if (!name || !model || names.has(name))
      throw usageError('not a valid value', {
        place: '--beside',
        expected: 'NAME=MODEL,NAME=MODEL, each name once and of no method',
        got: list,
      });
    names.add(name);
  }
  return pairs;
}

/** The seeds of `--seeds 1,2,3`, or the one of `--seed`. */
export function seedsOption({ seed, seeds }: { seed: string; seeds?: string }): number[] {
  if (seeds === undefined) return [numberOption('seed', seed, { integer: true }) as number];
  const list = seeds.split(',').map((text) => numberOption('seeds', text, { integer: true }) as number);
  if (new Set(list).size < list.length) throw usageError('a seed is given twice', { place: '--seeds', got: seeds });
  return list;
}

/** The folder or name of a model for one seed: `runs/lrv-{seed}/model`. */
export const ofSeed = (name: string, seed: number): string => name.replaceAll('{seed}', String(seed));

/** The table: a column for each method, scores with their 95 % intervals. */
export const trustTable = (bench: TrustBench): string => alignColumns(trustCells(bench));

export default defineCommand({
  meta: { name: 'trust', description: 'Measure what a model makes up in its captions, and compare corrections at equal coverage' },
  args: {
    model: { type: 'positional', description: 'folder or name of a model', default: DEFAULT_MODEL },
    data: {
      type: 'string',
      description: 'annotated images: instances of COCO, or rows of labels or boxes (default: the scene world)',
      valueHint: 'FILE',
    },
    images: { type: 'string', description: 'folder of their image files (default: that of the file)', valueHint: 'DIR' },
    question: { type: 'string', description: 'what the model is asked about annotated images', valueHint: 'TEXT' },
    detector: {
      type: 'string',
      description: 'finds objects for Woodpecker: world, nanodet, centernet, or the folder of a detector',
      valueHint: 'NAME',
    },
    verifier: { type: 'string', description: 'model that answers the questions of Woodpecker (default: the same)', valueHint: 'MODEL' },
    revisor: { type: 'string', description: 'model that writes masked captions again, for LURE', valueHint: 'MODEL' },
    beside: { type: 'string', description: 'other models as rows: NAME=MODEL,NAME=MODEL', valueHint: 'LIST' },
    methods: {
      type: 'string',
      description: `some of ${TRUST_METHODS.map(({ name }) => name).join(', ')} (default: all that can run)`,
      valueHint: 'LIST',
    },
    n: { type: 'string', description: 'images', default: '100', valueHint: 'N' },
    seed: { type: 'string', description: 'draws the images', default: '0', valueHint: 'N' },
    seeds: {
      type: 'string',
      description: 'several seeds, such as 1,2,3, and means over them; {seed} in the name of a model is the seed that it was trained with',
      valueHint: 'LIST',
    },
    split: { type: 'string', description: `of the scene world: ${SPLITS.join(', ')} (default: test)`, valueHint: 'SPLIT' },
    language: { type: 'string', description: 'en or zh (default: en)', valueHint: 'LANG' },
    prior: { type: 'string', description: 'how strongly objects go together, 0 to 1 (default: 0.5)', valueHint: 'P' },
    evidence: { type: 'string', description: 'how clear the pixels are, 0 to 1 (default: 0.9)', valueHint: 'E' },
    alpha: { type: 'string', description: 'strength of VCD', default: '1', valueHint: 'A' },
    halle: {
      type: 'string',
      description: 'how far the HallE switch of a model that has one is turned, -1 to 1',
      default: '-1',
      valueHint: 'E',
    },
    samples: { type: 'string', description: 'other replies that consistency asks for', default: '4', valueHint: 'N' },
    report: { type: 'string', description: 'also write a page with table and figure, the figure alone and the numbers', valueHint: 'DIR' },
    out: { type: 'string', description: 'also write the result as JSON', valueHint: 'FILE' },
    json: { type: 'boolean', description: 'print the result as JSON' },
  },
  async run({ args, rawArgs }) {
    if (args._.length > 1) throw usageError('one model at a time', { got: args._.join(' ') });
    const n = numberOption('n', args.n, { min: 1, max: 100_000, integer: true }) as number;
    const seeds = seedsOption(args);
    const alpha = numberOption('alpha', args.alpha, { min: 0, max: 100 });
    const epsilon = numberOption('halle', args.halle, { min: -1, max: 1 });
    const samples = numberOption('samples', args.samples, { min: 1, max: 100, integer: true });
    const prior = numberOption('prior', args.prior, { min: 0, max: 1 });
    const evidence = numberOption('evidence', args.evidence, { min: 0, max: 1 });
    const split = choiceOption<Split>('split', args.split, SPLITS);
    const language = choiceOption('language', args.language, ['en', 'zh']);
    const chosen = chooseMethods(args.methods);
    const beside = besideOption(args.beside);
    const { data } = args;
    const stray = (data === undefined ? (['images', 'question'] as const) : (['split', 'prior', 'evidence'] as const)).find(
      (flag) => args[flag] !== undefined,
    );
    if (stray)
      throw usageError(`--${stray} is for ${data === undefined ? 'images of --data' : 'the scene world'}`, {
        got: `--${stray} ${args[stray]}`,
      });
    const imagesOf = async (seed: number, signal: AbortSignal): Promise<TrustImages> =>
      data === undefined
        ? worldImages(worldScenes(await loadSprites(), { seed, split, language, prior, evidence }))
        : annotatedImages(data, { images: args.images ?? dirname(data), language, n, seed, question: args.question, signal });
    const progress = createProgress();
    await withInterrupt(async (signal) => {
      const { Mllm: Loader } = await import('../generate/mllm.js');
      const held = new Map<string, { dispose(): void }>();
      try {
        /** Opened once for all seeds, or once for each where the name has the seed. */
        const kept = async <T extends { dispose(): void }>(key: string, open: () => Promise<T>): Promise<T> => {
          const made = (held.get(key) as T | undefined) ?? (await open());
          held.set(key, made);
          return made;
        };
        const load = async (name: string, seed: number): Promise<Mllm> => {
          const own = ofSeed(name, seed);
          return kept(own, async () => Loader.load(await fetchModel(own, { signal }), { signal }));
        };
        const detect = async (name: string, seed: number): Promise<OpenDetector> => {
          const own = ofSeed(name, seed);
          return kept(`detector ${own}`, () => openDetector(own, { signal }));
        };
        const models = [args.model, args.verifier, args.revisor, ...beside.map(([, name]) => name)];
        // A model that is missing is told before the first seed has taken its time.
        for (const seed of seeds) for (const name of models) if (name?.includes('{seed}')) await fetchModel(ofSeed(name, seed), { signal });
        const names = [...models, args.detector && `detector ${args.detector}`];
        const dropOwn = (seed: number): void => {
          for (const own of names.flatMap((name) => (name?.includes('{seed}') ? [ofSeed(name, seed)] : []))) {
            held.get(own)?.dispose();
            held.delete(own);
          }
        };
        const first = await imagesOf(seeds[0] as number, signal); // what is wrong with them is said before a model is loaded
        const others: TrustMethod[] = [];
        const runs: (SeededBench & { source: string })[] = [];
        let switched = false;
        for (const [k, seed] of seeds.entries()) {
          const model = await load(args.model, seed);
          const detector = args.detector ? await detect(args.detector, seed) : undefined;
          const context = {
            model: trustModelOf(model),
            verifier: verifierOf(args.verifier ? await load(args.verifier, seed) : model),
            detector,
            revisor: args.revisor === undefined ? undefined : trustModelOf(await load(args.revisor, seed)),
            alpha,
            epsilon,
            switched: hasSwitch(model),
            samples,
          };
          switched = context.switched;
          others.length = 0;
          for (const [name, folder] of beside) others.push(otherModel(name, trustModelOf(await load(folder, seed)), `${folder}, greedy.`));
          const images = k === 0 ? first : await imagesOf(seed, signal);
          const bench = await trustBench({
            ...context,
            images,
            methods: [...(chosen ?? methodsFor(context)), ...others],
            n,
            now: () => performance.now(),
            signal,
            onProgress: (done, total) => progress.update({ label: seeds.length > 1 ? `captions, seed ${seed}` : 'captions', done, total }),
          });
          runs.push({ seed, source: images.description, ...bench });
          dropOwn(seed);
        }
        progress.end();
        const { seed, source, ...only } = runs[0] as (typeof runs)[number];
        const about = {
          model: args.model,
          verifier: args.verifier ?? args.model,
          ...(args.detector ? { detector: args.detector } : {}),
          ...(args.revisor ? { revisor: args.revisor } : {}),
          source,
          language: first.language,
        };
        const numbers = { alpha, ...(switched ? { epsilon } : {}), samples };
        const result =
          seeds.length > 1 ? { ...about, ...numbers, seeds, over: overSeeds(runs), runs } : { ...about, seed, ...numbers, ...only };
        if (args.out) await writeAtomic(args.out, `${JSON.stringify(result, null, 2)}\n`);
        if (args.report)
          await writeTrustReport(args.report, {
            model: args.model,
            source: runs.map((run) => run.source).join(' '),
            runs,
            methods: Object.fromEntries(
              [...TRUST_METHODS, ...others]
                .filter(({ name }) => only.rows.some(({ method }) => method === name))
                .map(({ name, about: what }) => [name, what]),
            ),
            command: ['sensorium', 'trust', ...rawArgs].join(' '),
          });
        if (args.json) return void process.stdout.write(`${JSON.stringify(result)}\n`);
        const table = seeds.length > 1 ? alignColumns(seedCells(runs)) : trustTable(only);
        const left = runs.flatMap((run) => run.left ?? []);
        const named = left.slice(0, 5).map(({ image, reason }) => `${image} (${reason})`);
        const note = left.length > 0 ? `\n\nNot scored: ${left.length}: ${named.join(', ')}${left.length > named.length ? ', …' : ''}` : '';
        const where = data === undefined ? 'the scene world' : data;
        process.stdout.write(`${args.model} on ${where}. ${source} Language ${first.language}.\n\n${table}${note}\n`);
      } finally {
        progress.end();
        for (const one of held.values()) one.dispose();
      }
    });
  },
});
