// What a fresh clone needs before anything can run: the right Node, the locked packages, a build. Plain Node, no dependencies.

import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from './child.mjs';

/** The folder that holds package.json. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A failure that is told in one block, without a stack. */
export class SetupError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const say = (line) => process.stderr.write(`${line}\n`);

/** Throws unless `version` is at least the `>=a.b.c` that package.json asks for. */
export function checkNode(version = process.versions.node, wanted = readJson(join(root, 'package.json'))?.engines?.node ?? '>=20.19') {
  const parts = (text) => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  const have = parts(version);
  const need = parts(wanted);
  for (let i = 0; i < need.length; i++) {
    const difference = (have[i] ?? 0) - need[i];
    if (difference > 0) return;
    if (difference < 0)
      throw new SetupError(
        `error: this is Node ${version}; Sensorium needs Node ${need.join('.')} or newer\n  at     ${process.execPath}\n  do     install a newer Node from https://nodejs.org or with your version manager (nvm install 22), then run again`,
      );
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    if (error instanceof SyntaxError) return undefined; // cut by a crash: counts as missing and is made again
    throw error;
  }
}

/**
 * Why the installed packages are not those of package-lock.json, or undefined when they are.
 * Compares npm's own record of what it installed with the lock, so neither file times nor a hand-made `npm ci` mislead it.
 */
export function whyInstall(dir = root) {
  const lock = readJson(join(dir, 'package-lock.json'));
  const installed = readJson(join(dir, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'node_modules is missing or incomplete';
  const manifest = readJson(join(dir, 'package.json')) ?? {};
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    const locked = lock?.packages?.['']?.dependencies?.[name] ?? lock?.packages?.['']?.devDependencies?.[name];
    if (lock !== undefined && locked !== range) return `package.json asks for ${name} ${range}, the lock has ${locked ?? 'nothing'}`;
    if (installed.packages?.[`node_modules/${name}`] === undefined) return `${name} is not installed`;
  }
  for (const [path, entry] of Object.entries(lock?.packages ?? {})) {
    if (!path.includes('node_modules/') || entry.link || entry.optional || entry.devOptional || entry.peer) continue;
    const have = installed.packages?.[path];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (have === undefined) return `${name} is not installed`;
    if (have.version !== entry.version) return `${name} is ${have.version}, the lock says ${entry.version}`;
  }
  return undefined;
}

/** What `npm run build` reads: TypeScript of the compiled folders (tests excepted) and the settings. */
export function sourceFiles(dir = root) {
  const files = [];
  const walk = (folder) => {
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      if (error.code === 'ENOENT') return;
      throw error;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules') walk(path);
      } else if (/\.(m?ts|json|html|css)$/.test(entry.name) && !entry.name.endsWith('.test.ts')) files.push(path);
    }
  };
  for (const folder of ['src', 'recipes', 'bench', 'examples/browser']) walk(join(dir, folder));
  return [
    ...files,
    ...['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/web-bundle.mjs'].map((name) => join(dir, name)),
  ].sort();
}

/** Hash over the paths and contents of all sources: equal hash, equal build. */
export function sourceHash(dir = root) {
  const hash = createHash('sha256');
  for (const file of sourceFiles(dir)) {
    const name = relative(dir, file).split(sep).join('/');
    let content;
    try {
      content = readFileSync(file);
    } catch (error) {
      if (error.code === 'ENOENT') continue;
      throw error;
    }
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Why dist/ has to be made again, or undefined when it fits the sources. */
export function whyBuild(dir = root, hash = sourceHash(dir)) {
  let stamp;
  try {
    stamp = readFileSync(join(dir, 'dist', '.sources'), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return 'there is no build';
    throw error;
  }
  return stamp === hash ? undefined : 'sources have changed';
}

/** Runs a command to its end; its output goes to stderr, since stdout belongs to what runs after the set-up. */
async function finish(command, args, options = {}) {
  let code;
  try {
    code = await runChild(command, args, { stdio: ['ignore', 2, 2], ...options });
  } catch (error) {
    throw new SetupError(`error: cannot start ${command}: ${error.message}`);
  }
  if (code === 130 || code === 137 || code === 143) throw new SetupError('interrupted during set-up; the next run picks it up', code);
  return code;
}

function npm(args) {
  // Under `npm run` the npm that started us is the right one; under yarn or pnpm this names another program.
  const cli = process.env.npm_execpath;
  if (cli && /npm-cli\.c?js$/.test(cli)) return finish(process.execPath, [cli, ...args]);
  return finish('npm', args, { shell: process.platform === 'win32' });
}

async function install(reason) {
  const flags = ['--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
  say(`sensorium: installing packages (${reason}) …`);
  if (readJson(join(root, 'package-lock.json')) !== undefined) {
    if ((await npm(['ci', ...flags])) === 0) return;
    say('sensorium: npm ci failed (the lock may not fit package.json); trying npm install …');
  }
  const code = await npm(['install', ...flags]);
  if (code !== 0)
    throw new SetupError(
      `error: npm install failed with exit code ${code}\n  see    npm's message above\n  do     check the network and the registry (npm ping), then run again`,
    );
}

async function build(reason, hash) {
  say(`sensorium: building (${reason}) …`);
  const fresh = join(root, 'dist.new');
  rmSync(fresh, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const code = await finish(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh]);
  if (code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new SetupError(
      `error: the build failed\n  see    the compiler's messages above\n  do     correct the sources, then run again (npm run build)`,
    );
  }
  try {
    const { bundleAll } = await import('./web-bundle.mjs'); // esbuild is there only after the install
    await bundleAll(fresh);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw new SetupError(
      `error: the bundle for browsers failed\n  see    ${error.message}\n  do     correct the sources, then run again (npm run build)`,
    );
  }
  writeFileSync(join(fresh, '.sources'), hash);
  // Swapped as a whole: no stale file survives, and who is loading modules sees the old build or the new one.
  const old = join(root, 'dist.old');
  rmSync(old, { recursive: true, force: true });
  try {
    renameSync(join(root, 'dist'), old);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  renameSync(fresh, join(root, 'dist'));
  rmSync(old, { recursive: true, force: true });
}

/** True when a process with this id runs here. */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs `work` while no other set-up of this folder runs; the lock of a process that has ended is taken over. */
export async function exclusively(work, path = join(root, '.cache', 'setup.lock')) {
  mkdirSync(dirname(path), { recursive: true });
  const token = `${process.pid} ${createHash('sha256').update(`${process.pid} ${process.hrtime.bigint()}`).digest('hex').slice(0, 16)}`;
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, token);
  let told = false;
  try {
    for (;;) {
      try {
        linkSync(mine, path); // atomic, and nobody reads half a lock
        break;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = readLock(path);
      if (holder === undefined) continue;
      const pid = Number.parseInt(holder, 10);
      if (pid > 0 && pid !== process.pid && alive(pid)) {
        if (!told) say(`sensorium: another set-up runs here (process ${pid}); waiting for it …`);
        told = true;
        await new Promise((resolve) => setTimeout(resolve, 250));
        continue;
      }
      await takeAway(path, holder, mine);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  const release = () => {
    if (readLock(path) === token) rmSync(path, { force: true });
  };
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/**
 * Removes a stale lock. Who may is settled by a second link named after its content, so that exactly one process removes it and
 * nobody removes the lock that another has taken since.
 */
async function takeAway(path, stale, mine) {
  const right = `${path}.stale-${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`;
  try {
    linkSync(mine, right);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const other = Number.parseInt(readLock(right) ?? '', 10);
    if (other > 0 && !alive(other)) rmSync(right, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 10));
    return;
  }
  try {
    if (readLock(path) === stale) rmSync(path, { force: true });
  } finally {
    rmSync(right, { force: true });
  }
}

function readLock(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Brings packages and (unless `build: false`) dist/ up to date. Cheap when nothing is to do: two JSON files and one hash. */
export async function setUp(options = {}) {
  checkNode();
  const wantBuild = options.build !== false;
  if (whyInstall() === undefined && !(wantBuild && whyBuild())) return;
  await exclusively(async () => {
    const missing = whyInstall();
    if (missing) await install(missing);
    if (!wantBuild) return;
    const hash = sourceHash();
    const stale = whyBuild(root, hash);
    if (stale) await build(stale, hash);
  });
}
