// What `npm run quickstart`, `npm test`, `npm run bench` and their like start: sets the checkout up if need be, then runs the wanted thing.

import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { root, SetupError, setUp } from './setup.mjs';
import { runTests } from './test.mjs';

const USAGE = `usage: node scripts/run.mjs TASK [arguments]

  quickstart [options]       train, align, measure and question a small model
  cli COMMAND [options]      any other sensorium command
  bench [NAME] [options]     a benchmark; without NAME, the names
  conformance [NAME]         our scores beside those of published scripts; without NAME, the comparisons
  train-parts [NAME …]       train the shipped models from nothing: vision, language, tiny
  test [vitest arguments]    unit suite, whole models, devices, then every slow suite by name; with arguments, just those
  unit [vitest arguments]    the unit suite
  whole [vitest arguments]   every family and adapter against published values, and commands that train
  device [vitest arguments]  programs on a graphics adapter or its software driver; SENSORIUM_DEVICE_TESTS=all for every family
  slow [NAME …]              slow suites, all or those named
  build                      compile to dist/ when sources have changed
`;

/** The compiled benchmarks by name: those files of bench/ that export `main(args)`; the others are their helpers. */
function benchmarks() {
  const dir = join(root, 'dist', 'bench');
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.js') && /^export (async )?function main\b/m.test(readFileSync(join(dir, name), 'utf8')))
      .map((name) => name.slice(0, -3));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** `sensorium …` in this very process, so that the terminal's signals reach it once and directly. */
async function cli(args) {
  const { main } = await import(pathToFileURL(join(root, 'dist', 'src', 'cli', 'main.js')).href);
  return main(args);
}

async function bench(args) {
  const names = benchmarks();
  const name = args[0]?.startsWith('-') ? undefined : args[0];
  if (name === undefined || !names.includes(name)) {
    const list = names.length > 0 ? `  choose  ${names.join(', ')}` : '  this checkout has none';
    process.stderr.write(
      `${name === undefined ? 'usage: npm run bench -- NAME [--json FILE]' : `error: there is no benchmark '${name}'`}\n${list}\n`,
    );
    return 2;
  }
  const { main } = await import(pathToFileURL(join(root, 'dist', 'bench', `${name}.js`)).href);
  return (await main(args.slice(1))) ?? Number(process.exitCode ?? 0);
}

/** Runs one task and returns its exit code. */
export async function run(argv) {
  const [task, ...args] = argv;
  switch (task) {
    case 'quickstart':
      await setUp();
      return cli(['quickstart', ...args]);
    case 'cli':
      await setUp();
      return cli(args);
    case 'bench':
      await setUp();
      return bench(args);
    case 'conformance': {
      await setUp();
      const { main } = await import(pathToFileURL(join(root, 'dist', 'src', 'cli', 'conformance.js')).href);
      return main(args);
    }
    case 'train-parts': {
      await setUp();
      const { trainParts } = await import('./train-parts.mjs');
      return trainParts(args);
    }
    case 'build':
      await setUp();
      return 0;
    case 'test':
    case 'unit':
    case 'whole':
    case 'device':
    case 'slow':
      await setUp();
      return runTests(task, args);
    default:
      process.stderr.write(task === undefined || task === '--help' ? USAGE : `error: unknown task '${task}'\n\n${USAGE}`);
      return task === '--help' ? 0 : 2;
  }
}

const started = process.argv[1];
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
