// Needles in long films and documents of the scene world, by place: what a memory of merged neighbors keeps beside evenly spaced frames, under one budget of
// tokens, and which pages words, looks or both find.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commitOf, machine } from '../recipes/parts/provenance.js';
import { shipped } from '../recipes/quickstart.js';
import { responderOf, worldScenes } from '../src/evaluate/index.js';
import { Mllm } from '../src/generate/mllm.js';
import { measureNeedles, measurePages, type NeedleScores } from '../src/reason/long/index.js';
import { ClipEmbedder } from '../src/serve/clip-embedder.js';
import { writeAtomic } from '../src/util/fs.js';
import { packageRoot } from '../src/util/package.js';
import { loadSprites } from '../src/world/index.js';

const OPTIONS = {
  frames: { type: 'string', default: '1800' },
  films: { type: 'string', default: '5' },
  places: { type: 'string', default: '10' },
  tokens: { type: 'string', default: '4000' },
  most: { type: 'string', default: '1' },
  pages: { type: 'string', default: '50' },
  documents: { type: 'string', default: '5' },
  out: { type: 'string', default: join(packageRoot(), 'results', 'long-context.json') },
} as const;

/** Of the things in a picture, those that the words of its page name. */
const NAMED = 0.5;

/** `npm run bench -- long-context [--frames 1800] [--tokens 4000] [--films 5] [--places 10] [--pages 50] [--documents 5] [--out FILE]`. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const of = (name: Exclude<keyof typeof OPTIONS, 'out'>): number => Number(values[name]);
  const [frames, films, places, tokens, most] = [of('frames'), of('films'), of('places'), of('tokens'), of('most')];
  const [pages, documents] = [of('pages'), of('documents')];
  const model = await Mllm.load(shipped('sensorium-tiny'));
  const responder = await responderOf(model);
  const embedder = await ClipEmbedder.load(shipped('world-clip'));
  try {
    const scenes = worldScenes(await loadSprites(), { seed: 77, split: 'test', language: 'en' });
    const shared = { scenes, responder, embedder, frames, films, places, tokens, frameTokens: 64, most, needle: 5, hold: 30 };
    const rules: Record<string, NeedleScores> = {};
    for (const rule of ['merge', 'stride'] as const) {
      rules[rule] = await measureNeedles({
        ...shared,
        rule,
        onFilm: (done, of) => process.stderr.write(`\r${rule}: ${done} of ${of} films `),
      });
      const { kept, shown, right } = rules[rule].all;
      process.stdout.write(`\n${rule}: ${[kept, shown, right].map(({ name, value }) => `${name} ${value.toFixed(3)}`).join(', ')}\n`);
    }
    const found = await measurePages({
      ...{ scenes, responder, embedder, pages, documents, places, most, named: NAMED },
      onDocument: (done, all) => process.stderr.write(`\rdocuments: ${done} of ${all} `),
    });
    for (const [by, { all }] of Object.entries(found))
      process.stdout.write(
        `\npages by ${by}: ${[all.shown, all.right].map(({ name, value }) => `${name} ${value.toFixed(3)}`).join(', ')}`,
      );
    process.stdout.write('\n');
    const about = {
      command: `npm run bench -- long-context ${args.join(' ')}`.trim(),
      commit: commitOf(packageRoot()),
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
    };
    const setting = {
      frames,
      needleFrames: 5,
      sceneFrames: 30,
      tokens,
      frameTokens: 64,
      spans: Math.floor(tokens / 64),
      shown: most,
      answers: 'sensorium-tiny',
      likeness: 'world-clip',
      guessing: 1 / 8,
    };
    await writeAtomic(
      values.out,
      `${JSON.stringify({ name: 'long-context', world: 'scene world', ...about, ...setting, rules, documents: { pages, documents, named: NAMED, shown: most, by: found } }, null, 2)}\n`,
    );
  } finally {
    await responder.dispose();
    await model.dispose();
  }
}
