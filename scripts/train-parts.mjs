// `npm run train:parts`: trains the shipped models from nothing, in the order they need each other. Resumes where it was stopped.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from './setup.mjs';

const USAGE = `usage: npm run train:parts -- [vision] [language] [tiny] [--out DIR] [--dir DIR]

Trains world-clip, world-llama and sensorium-tiny from nothing into --out (default: models), with checkpoints and
logs in --dir (default: runs/parts). A model that is already in --out is left alone: name another folder to train it again.
`;

/** The parts by name: the folder of each, and the compiled module and function that train it. */
const PARTS = {
  vision: { folder: 'world-clip', module: 'parts/train.js', train: 'trainVision' },
  language: { folder: 'world-llama', module: 'parts/train.js', train: 'trainLanguage' },
  tiny: { folder: 'sensorium-tiny', module: 'tiny.js', train: 'trainTiny' },
};

const compiled = (path) => import(pathToFileURL(join(root, 'dist', path)).href);

/** Trains the named parts, all by default, and returns the exit code. */
export async function trainParts(args) {
  let values;
  let positionals;
  try {
    ({ values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { out: { type: 'string', default: 'models' }, dir: { type: 'string', default: 'runs/parts' }, help: { type: 'boolean' } },
    }));
  } catch (error) {
    process.stderr.write(`error: ${error.message}\n\n${USAGE}`);
    return 2;
  }
  const unknown = positionals.find((name) => !Object.hasOwn(PARTS, name));
  if (values.help || unknown !== undefined) {
    process.stderr.write(`${unknown === undefined ? '' : `error: there is no part '${unknown}'\n\n`}${USAGE}`);
    return unknown === undefined ? 0 : 2;
  }

  const [{ createProgress }, { runView }, { withInterrupt }, { exitCodeOf, renderError }] = await Promise.all(
    ['terminal', 'run-view', 'interrupt', 'report'].map((name) => compiled(`src/cli/${name}.js`)),
  );
  const progress = createProgress();
  try {
    await withInterrupt(
      async (signal) => {
        for (const [name, part] of Object.entries(PARTS)) {
          if (positionals.length > 0 && !positionals.includes(name)) continue;
          const out = join(values.out, part.folder);
          if (existsSync(join(out, 'config.json'))) {
            progress.line(`${name}: ${out} is there already and is left alone (--out DIR trains it elsewhere)`);
            continue;
          }
          progress.line(`${name}: training ${part.folder} from nothing`);
          const module = await compiled(`recipes/${part.module}`);
          await module[part.train]({
            dir: values.dir,
            out,
            parts: { vision: join(values.out, PARTS.vision.folder), language: join(values.out, PARTS.language.folder) },
            signal,
            onEvent: runView(progress),
          });
          progress.line(`${name}: saved in ${out}`);
        }
      },
      { onStop: () => progress.line('stopping after this step; run the same command to resume, press Ctrl-C again to stop at once') },
    );
    return 0;
  } catch (error) {
    progress.end();
    process.stderr.write(`${renderError(error, { debug: Boolean(process.env.SENSORIUM_DEBUG) })}\n`);
    return exitCodeOf(error);
  } finally {
    progress.end();
  }
}
