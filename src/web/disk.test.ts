// The disk of a tab against Node's own: the same calls on both give the same.

import * as node from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Disk, DiskFile, partsOf } from './disk.js';
import * as ours from './platform/fs-promises.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'disk-'));
  await ours.mkdir(dir, { recursive: true });
});
afterAll(() => rm(dir, { recursive: true }));

type Fs = typeof node;
const both: readonly [string, Fs][] = [
  ['Node', node],
  ['a tab', ours as unknown as Fs],
];
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: NodeJS.ErrnoException) => error.code ?? 'unnamed',
  );

/** What a list of calls gives on a file system. */
async function session(fs: Fs): Promise<unknown> {
  const at = (name: string): string => join(dir, name);
  await fs.mkdir(at('a/b'), { recursive: true });
  await fs.writeFile(at('a/one.txt'), 'first');
  await fs.appendFile(at('a/one.txt'), ' second');
  const handle = await fs.open(at('a/b/two.bin'), 'wx');
  await handle.writeFile(new Uint8Array([1, 2, 3]));
  await handle.writeFile(new Uint8Array([4, 5]));
  await handle.sync();
  await handle.close();
  const reader = await fs.open(at('a/b/two.bin'), 'r');
  const { bytesRead, buffer } = await reader.read(new Uint8Array(8), 2, 3, 1);
  const rest = await reader.read(new Uint8Array(9), 0, 9, 4);
  const size = (await reader.stat()).size;
  await reader.close();
  await fs.link(at('a/one.txt'), at('a/linked.txt'));
  await fs.rename(at('a/one.txt'), at('a/renamed.txt'));
  await fs.cp(at('a'), at('copy'), { recursive: true });
  await fs.rename(at('copy'), at('moved'));
  await fs.truncate(at('moved/renamed.txt'), 3);
  const failures = [
    await codeOf(fs.readFile(at('missing'))),
    await codeOf(fs.readFile(at('a'))),
    await codeOf(fs.readdir(at('a/renamed.txt'))),
    await codeOf(fs.open(at('a/b/two.bin'), 'wx')),
    await codeOf(fs.link(at('a/renamed.txt'), at('a/linked.txt'))),
    await codeOf(fs.mkdir(at('a'))),
    await codeOf(fs.rename(at('moved'), at('a'))),
    await codeOf(fs.writeFile(at('none/x'), '')),
    await codeOf(fs.rm(at('none'), { force: true })),
    await codeOf(fs.unlink(at('none'))),
  ];
  const names = async (path: string): Promise<string[]> => (await fs.readdir(path)).sort();
  const kinds = (await fs.readdir(at('a'), { withFileTypes: true })).map((e) => `${e.name} ${e.isDirectory()}`).sort();
  await fs.rm(at('a'), { recursive: true });
  return {
    text: await fs.readFile(at('moved/renamed.txt'), 'utf8'),
    linked: await fs.readFile(at('moved/linked.txt'), 'utf8'),
    bytes: [...(await fs.readFile(at('moved/b/two.bin')))],
    read: [bytesRead, [...buffer], rest.bytesRead, size],
    names: [await names(dir), await names(at('moved'))],
    kinds,
    failures,
  };
}

describe('the disk of a tab', () => {
  it('does what Node does, errors included', async () => {
    const [first, second] = await Promise.all(both.map(([, fs]) => session(fs)));
    expect(second).toEqual(first);
    expect((first as { failures: string[] }).failures).toEqual([
      'ENOENT',
      'EISDIR',
      'ENOTDIR',
      'EEXIST',
      'EEXIST',
      'EEXIST',
      'ENOTEMPTY',
      'ENOENT',
      'none',
      'ENOENT',
    ]);
  });
  it('reads paths as they are meant', () => {
    expect(partsOf('/a/./b/../c//d')).toEqual(['a', 'c', 'd']);
    expect(partsOf('../../x')).toEqual(['x']);
    expect(partsOf(new URL('file:///with%20space'))).toEqual(['with space']);
  });
  it('reads blobs piece by piece', async () => {
    const file = new DiskFile(new Blob([new Uint8Array([1, 2, 3, 4, 5])]));
    expect([...(await file.slice(1, 3)), file.size]).toEqual([2, 3, 5]);
  });
  it('asks whoever keeps a path to keep it, and nobody else', async () => {
    const disk = new Disk();
    const asked: string[] = [];
    const keeper = (name: string) => ({ commit: async () => void asked.push(name) });
    disk.keep('/runs/a', keeper('a'));
    disk.keep('/runs/ab', keeper('ab'));
    await disk.sync('/runs/a/checkpoints');
    await disk.sync('/runs');
    disk.forget('/runs/a');
    await disk.sync('/runs/a');
    await disk.sync('/runs/ab');
    expect(asked).toEqual(['a', 'ab']);
  });
});
