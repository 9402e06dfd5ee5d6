// Needles in long films of the scene world, by place: what a memory of merged neighbors keeps beside evenly spaced frames, under one budget of tokens.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commitOf, machine } from '../recipes/parts/provenance.js';
import { shipped } from '../recipes/quickstart.js';
import { responderOf, worldScenes } from '../src/evaluate/index.js';
import { Mllm } from '../src/generate/mllm.js';
import { measureNeedles, type NeedleScores } from '../src/reason/long/index.js';
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
  out: { type: 'string', default: join(packageRoot(), 'results', 'long-context.json') },
} as const;

/** `npm run bench -- long-context [--frames 1800] [--tokens 4000] [--films 5] [--places 10] [--out FILE]`. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const [frames, films, places, tokens, most] = [values.frames, values.films, values.places, values.tokens, values.most].map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
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
      `${JSON.stringify({ name: 'long-context', world: 'scene world', ...about, ...setting, rules }, null, 2)}\n`,
    );
  } finally {
    await responder.dispose();
    await model.dispose();
  }
}
