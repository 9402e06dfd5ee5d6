// `sensorium trust MODEL`: hallucination of captions over the scene world by type, and every correction beside the model itself.

import { defineCommand } from 'citty';
import type { Score } from '../evaluate/benchmark.js';
import { worldScenes } from '../evaluate/world-source.js';
import type { Mllm } from '../generate/mllm.js';
import { type TrustBench, type TrustRow, trustBench } from '../trust/bench.js';
import { worldImages } from '../trust/images.js';
import { type CountedResponder, methodsNamed, TRUST_METHODS, type TrustMethod, type TrustModel } from '../trust/methods/index.js';
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

/** A loaded model as the bench asks it; its replies are greedy unless they are drawn. */
export function trustModelOf(model: Mllm): TrustModel {
  return async (image, { question, maxTokens, vcd, seed, signal }) => {
    const reply = await model.generate([image, question], {
      maxTokens,
      signal,
      ...(seed === undefined ? { temperature: 0 } : { temperature: 1, seed }),
      ...(vcd === undefined ? {} : { method: { name: 'vcd', alpha: vcd } }),
    });
    const { tokenizer } = model;
    // Pieces of the text that each token adds: a character may take several tokens.
    let before = '';
    const ids: number[] = [];
    const tokens = reply.tokens.map(({ id, logProb }) => {
      ids.push(id);
      const text = tokenizer.decode(ids);
      const piece = text.startsWith(before) ? text.slice(before.length) : '';
      before = text;
      return { text: piece, logProb };
    });
    return { text: reply.text, tokens, passes: reply.tokens.length };
  };
}

/** A model that answers a verifier's questions, one after the other, and counts how often its network ran. */
export function verifierOf(model: Mllm): CountedResponder {
  let passes = 0;
  return {
    passes: () => passes,
    async replies(conversations, { maxTokens, signal }) {
      const out: string[] = [];
      for (const messages of conversations) {
        let text = '';
        for await (const piece of model.stream({ messages, maxTokens, signal, temperature: 0 })) {
          text += piece.text;
          if (piece.token) passes++;
        }
        out.push(text);
      }
      return out;
    },
  };
}

/** The methods of `--methods a,b`; undefined where they were not given: then all that have what they need run. */
export function chooseMethods(list: string | undefined): TrustMethod[] | undefined {
  if (list === undefined) return undefined;
  const known = TRUST_METHODS.map(({ name }) => name);
  return methodsNamed(list.split(',').map((name) => choiceOption('methods', name.trim(), known) as string));
}

const share = (value: number): string => value.toFixed(3);
const shown = (score: Score | undefined): string =>
  score && score.n > 0 ? `${share(score.value)} ${share(score.low)}-${share(score.high)}` : '';

/** The table: a column for each method, scores with their 95 % intervals. */
export function trustTable({ rows, coverage, n }: TrustBench): string {
  const names =
    rows[0]?.scores.filter((score) => rows.some((row) => (row.scores.find(({ name }) => name === score.name)?.n ?? 0) > 0)) ?? [];
  const line = (head: string, pick: (row: TrustRow) => string): string[] => [head, ...rows.map(pick)];
  return alignColumns([
    line('', ({ method }) => method),
    line(`CHAIR-i at coverage ${share(coverage)}`, ({ equal }) => `${share(equal.chair)} ${share(equal.low)}-${share(equal.high)}`),
    line('  change from base', ({ equal, method }) =>
      method === 'base' ? '' : `${share(equal.change)} ${share(equal.changeLow)}..${share(equal.changeHigh)}`,
    ),
    ...(rows.some(({ pair }) => pair)
      ? [
          line('base and method at coverage', ({ pair }) => (pair ? share(pair.coverage) : '')),
          line('  CHAIR-i of both', ({ pair }) => (pair ? `${share(pair.base.chair)} ${share(pair.own.chair)}` : '')),
          line('  change', ({ pair }) =>
            pair ? `${share(pair.own.change)} ${share(pair.own.changeLow)}..${share(pair.own.changeHigh)}` : '',
          ),
        ]
      : []),
    ...names.map(({ name }) => line(name, (row) => shown(row.scores.find((score) => score.name === name)))),
    line('POPE F1, adversarial', ({ pope }) => (pope ? `${share(pope.f1)} ${share(pope.f1Interval[0])}-${share(pope.f1Interval[1])}` : '')),
    line('AUROC of the flag', ({ auroc }) => (auroc === undefined ? '' : share(auroc))),
    line('forward passes', ({ passes }) => passes.toFixed(1)),
    line('milliseconds', ({ milliseconds }) => milliseconds.toFixed(0)),
    ['scenes', String(n)],
  ]);
}

export default defineCommand({
  meta: { name: 'trust', description: 'Measure what a model makes up in its captions, and compare corrections at equal coverage' },
  args: {
    model: { type: 'positional', description: 'folder or name of a model', default: DEFAULT_MODEL },
    verifier: { type: 'string', description: 'model that answers the questions of Woodpecker (default: the same)', valueHint: 'MODEL' },
    methods: {
      type: 'string',
      description: `some of ${TRUST_METHODS.map(({ name }) => name).join(', ')} (default: all that can run)`,
      valueHint: 'LIST',
    },
    n: { type: 'string', description: 'scenes', default: '100', valueHint: 'N' },
    seed: { type: 'string', description: 'draws the scenes', default: '0', valueHint: 'N' },
    split: { type: 'string', description: `of the scene world: ${SPLITS.join(', ')} (default: test)`, valueHint: 'SPLIT' },
    language: { type: 'string', description: 'en or zh (default: en)', valueHint: 'LANG' },
    prior: { type: 'string', description: 'how strongly objects go together, 0 to 1 (default: 0.5)', valueHint: 'P' },
    evidence: { type: 'string', description: 'how clear the pixels are, 0 to 1 (default: 0.9)', valueHint: 'E' },
    alpha: { type: 'string', description: 'strength of VCD', default: '1', valueHint: 'A' },
    samples: { type: 'string', description: 'other replies that consistency asks for', default: '4', valueHint: 'N' },
    out: { type: 'string', description: 'also write the result as JSON', valueHint: 'FILE' },
    json: { type: 'boolean', description: 'print the result as JSON' },
  },
  async run({ args }) {
    if (args._.length > 1) throw usageError('one model at a time', { got: args._.join(' ') });
    const n = numberOption('n', args.n, { min: 1, max: 100_000, integer: true });
    const seed = numberOption('seed', args.seed, { integer: true }) as number;
    const alpha = numberOption('alpha', args.alpha, { min: 0, max: 100 });
    const samples = numberOption('samples', args.samples, { min: 1, max: 100, integer: true });
    const prior = numberOption('prior', args.prior, { min: 0, max: 1 });
    const evidence = numberOption('evidence', args.evidence, { min: 0, max: 1 });
    const split = choiceOption<Split>('split', args.split, SPLITS);
    const language = choiceOption('language', args.language, ['en', 'zh']);
    const methods = chooseMethods(args.methods);
    const scenes = worldScenes(await loadSprites(), { seed, split, language, prior, evidence });
    const progress = createProgress();
    await withInterrupt(async (signal) => {
      const { Mllm: Loader } = await import('../generate/mllm.js');
      const held: Mllm[] = [];
      try {
        const load = async (name: string): Promise<Mllm> => {
          const model = await Loader.load(await fetchModel(name, { signal }), { signal });
          held.push(model);
          return model;
        };
        const model = await load(args.model);
        const verifier = verifierOf(args.verifier ? await load(args.verifier) : model);
        const bench = await trustBench({
          images: worldImages(scenes),
          model: trustModelOf(model),
          verifier,
          methods,
          n,
          alpha,
          samples,
          now: () => performance.now(),
          signal,
          onProgress: (done, total) => progress.update({ label: 'captions', done, total }),
        });
        progress.end();
        const result = {
          model: args.model,
          verifier: args.verifier ?? args.model,
          source: scenes.source.description,
          language: scenes.language,
          seed,
          alpha,
          samples,
          ...bench,
        };
        if (args.out) await writeAtomic(args.out, `${JSON.stringify(result, null, 2)}\n`);
        if (args.json) process.stdout.write(`${JSON.stringify(result)}\n`);
        else
          process.stdout.write(
            `${args.model} on the scene world. ${scenes.source.description} Language ${scenes.language}.\n\n${trustTable(bench)}\n`,
          );
      } finally {
        progress.end();
        for (const model of held) model.dispose();
      }
    });
  },
});
