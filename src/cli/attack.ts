// `sensorium attack MODEL [IMAGE "QUESTION"]`: changes a picture until the model answers otherwise, or measures attacks and defences over scenes.

import { type ArgsDef, defineCommand } from 'citty';
import { worldScenes } from '../evaluate/world-source.js';
import { Mllm } from '../generate/mllm.js';
import { encodePng, openImage, type RgbImage } from '../media/index.js';
import { type AttackTrade, attackTrade, PixelAttack, uniformNoise, withWords } from '../trust/attacks/index.js';
import { writeAtomic } from '../util/fs.js';
import { loadSprites } from '../world/render.js';
import { fetchModel } from './fetch-model.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { alignColumns } from './score-table.js';
import { createProgress } from './terminal.js';
import { openDetector } from './trust-detectors.js';

const KINDS = ['pgd', 'words', 'noise'] as const;

const attackArgs = {
  model: { type: 'positional', description: 'a model that takes images', required: false, valueHint: 'MODEL' },
  image: {
    type: 'positional',
    description: 'a picture; without it attacks and defences are measured over scenes',
    required: false,
    valueHint: 'IMAGE',
  },
  question: { type: 'positional', description: 'what is asked about it', required: false, valueHint: 'QUESTION' },
  kind: { type: 'string', description: 'pgd (gradients), words (drawn into the picture) or noise (default: pgd)', valueHint: 'KIND' },
  target: { type: 'string', description: 'pgd: the reply to force, instead of any other; words: what is drawn', valueHint: 'TEXT' },
  epsilon: { type: 'string', description: 'largest change of a value of 0 to 255 (default: 8)', valueHint: 'N' },
  steps: { type: 'string', description: 'gradient steps of each start (default: 10)', valueHint: 'N' },
  restarts: { type: 'string', description: 'random starts (default: 1)', valueHint: 'N' },
  seed: { type: 'string', description: 'seed of noise and starts (default: 0)', valueHint: 'N' },
  n: { type: 'string', description: 'questions of the measurement (default: 100)', valueHint: 'N' },
  detector: { type: 'string', description: 'also measure answers that this detector verifies, such as world', valueHint: 'NAME' },
  out: { type: 'string', description: 'write the changed picture (PNG), or the measurement (JSON)', valueHint: 'FILE' },
  json: { type: 'boolean', description: 'print one JSON object' },
} satisfies ArgsDef;

/** Accuracies as lines: attacks down, defences across. */
export function tradeLines({ scores }: AttackTrade): string {
  const defences = Object.keys(Object.values(scores)[0] ?? {});
  const rows = Object.entries(scores).map(([attack, own]) => [attack, ...defences.map((name) => (own[name]?.value ?? 0).toFixed(3))]);
  return alignColumns([['', ...defences], ...rows]);
}

/** The greedy reply to a question about a picture. */
const answerOf = async (model: Mllm, image: RgbImage, question: string, signal: AbortSignal): Promise<string> => {
  const content = [
    { type: 'image' as const, source: image },
    { type: 'text' as const, text: question },
  ];
  return (await model.reply({ messages: [{ role: 'user', content }], maxTokens: 64, temperature: 0, signal })).text;
};

export default defineCommand({
  meta: { name: 'attack', description: 'Attack a model through a picture, or measure attacks and defences over scenes' },
  args: attackArgs,
  async run({ args }) {
    const [name, source, question, ...more] = args._;
    if (name === undefined || more.length > 0 || (source !== undefined && !question))
      throw usageError('a model, or a model, a picture and a question', { expected: 'sensorium attack MODEL [IMAGE "QUESTION"]' });
    const kind = choiceOption('kind', args.kind, KINDS) ?? 'pgd';
    const epsilon = numberOption('epsilon', args.epsilon, { min: 0, max: 255 }) ?? 8;
    const steps = numberOption('steps', args.steps, { min: 1, max: 1000, integer: true });
    const restarts = numberOption('restarts', args.restarts, { min: 1, max: 32, integer: true });
    const seed = numberOption('seed', args.seed, { integer: true }) ?? 0;
    const n = numberOption('n', args.n, { min: 2, max: 100_000, integer: true });
    if (kind === 'words' && source !== undefined && !args.target)
      throw usageError('nothing to draw', { expected: '--target TEXT beside --kind words' });
    await withInterrupt(async (signal) => {
      const model = await Mllm.load(await fetchModel(name, { signal }), { signal });
      try {
        if (source === undefined) {
          const detector = args.detector ? await openDetector(args.detector, { signal }) : undefined;
          const progress = createProgress();
          try {
            const scenes = worldScenes(await loadSprites(), { seed: 77, split: 'test', language: 'en' });
            const trade = await attackTrade(model, {
              scenes,
              n,
              epsilon,
              steps,
              restarts,
              seed,
              detector,
              signal,
              onRow: (done, total) => progress.update({ label: 'attacking', done, total }),
            });
            progress.end();
            const result = {
              world: 'scene world',
              command: `sensorium attack ${process.argv.slice(3).join(' ')}`,
              model: name,
              epsilon,
              steps: steps ?? 10,
              restarts: restarts ?? 1,
              seed,
              ...trade,
            };
            if (args.out) await writeAtomic(args.out, `${JSON.stringify(result, null, 2)}\n`);
            process.stdout.write(`${args.json ? JSON.stringify(result) : tradeLines(trade)}\n`);
          } finally {
            progress.end();
            detector?.dispose();
          }
          return;
        }
        const image = await openImage(source, {}, signal);
        const asked = question as string;
        const before = await answerOf(model, image, asked, signal);
        let picture: RgbImage;
        let loss: { before: number; after: number } | undefined;
        if (kind === 'noise') picture = uniformNoise(image, epsilon, seed);
        else if (kind === 'words') picture = withWords(image, args.target as string);
        else {
          const attack = new PixelAttack(model.model);
          try {
            const target = { image, question: asked, reply: args.target ?? before, towards: args.target !== undefined };
            const found = await attack.run(target, { epsilon, steps, restarts, seed, signal });
            picture = found.image;
            loss = { before: found.before, after: found.after };
          } finally {
            await attack.dispose();
          }
        }
        const after = await answerOf(model, picture, asked, signal);
        if (args.out) await writeAtomic(args.out, await encodePng(picture));
        const result = {
          image: source,
          question: asked,
          kind,
          before,
          after,
          changed: before.trim() !== after.trim(),
          ...(loss ? { loss } : {}),
          ...(args.out ? { out: args.out } : {}),
        };
        process.stdout.write(args.json ? `${JSON.stringify(result)}\n` : `before: ${before}\nafter:  ${after}\n`);
      } finally {
        await model.dispose();
      }
    });
  },
});
