// Files: old or new after any crash, locks that outlive nobody, and errors that name file and position.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, appendJsonl, mapIoError, readJson, readJsonl, recoverFolder, writeAtomic, writeFolderAtomic } from './fs.js';
import { jsonErrorAt } from './json.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fs-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** A pid that no process has. */
const DEAD = spawnSync(process.execPath, ['-e', '']).pid;

describe('writeAtomic', () => {
  it('writes, replaces, makes folders and leaves nothing else', async () => {
    const path = join(dir, 'a/b/file.txt');
    await writeAtomic(path, 'one');
    await writeAtomic(path, new Uint8Array([50]));
    expect(await readFile(path, 'utf8')).toBe('2');
    expect(await readdir(join(dir, 'a/b'))).toEqual(['file.txt']);
  });

  it('says what is wrong with the path and leaves no temporary', async () => {
    await writeFile(join(dir, 'file'), 'x');
    await expect(writeAtomic(join(dir, 'file/inside'), 'y')).rejects.toMatchObject({ code: 'util.path' });
    await mkdir(join(dir, 'folder/full'), { recursive: true });
    await expect(writeAtomic(join(dir, 'folder'), 'y')).rejects.toMatchObject({ code: 'util.path' });
    expect((await readdir(dir)).sort()).toEqual(['file', 'folder']);
  });

  it.skipIf(process.getuid?.() === 0)('says when a folder is not writable', async () => {
    await chmod(dir, 0o500);
    await expect(writeAtomic(join(dir, 'x'), 'y')).rejects.toMatchObject({ code: 'util.access' });
    await chmod(dir, 0o700);
  });
});

describe('writeFolderAtomic', () => {
  const put = (content: string) => async (temporary: string) => {
    await mkdir(join(temporary, 'sub'));
    await writeFile(join(temporary, 'sub/file'), content);
    return content.length;
  };
  const content = (): Promise<string> => readFile(join(dir, 'out/sub/file'), 'utf8');

  it('replaces the whole folder and returns what the writer returns', async () => {
    expect(await writeFolderAtomic(join(dir, 'out'), put('one'))).toBe(3);
    await writeFile(join(dir, 'out/extra'), '');
    await writeFolderAtomic(join(dir, 'out'), put('two'));
    expect(await content()).toBe('two');
    expect(await readdir(join(dir, 'out'))).toEqual(['sub']);
    expect(await readdir(dir)).toEqual(['out']);
  });

  it('keeps the old folder when the writer throws', async () => {
    await writeFolderAtomic(join(dir, 'out'), put('one'));
    const failing = writeFolderAtomic(join(dir, 'out'), async (temporary) => {
      await writeFile(join(temporary, 'half'), '');
      throw Object.assign(new Error('write'), { code: 'ENOSPC' });
    });
    await expect(failing).rejects.toMatchObject({ code: 'util.full', place: join(dir, 'out') });
    expect(await content()).toBe('one');
    expect(await readdir(dir)).toEqual(['out']);
  });

  it('recovers from a stop between any two steps', async () => {
    const name = (kind: string): string => join(dir, `out.${kind}-${DEAD}-0123abcd`);
    const fill = async (path: string, text: string): Promise<void> => {
      await mkdir(path, { recursive: true });
      await put(text)(path);
    };
    // while writing: the old one stays
    await fill(join(dir, 'out'), 'old');
    await fill(name('tmp'), 'half');
    expect(await recoverFolder(join(dir, 'out'))).toBe(true);
    expect([await content(), await readdir(dir)]).toEqual(['old', ['out']]);
    // complete, the old one not yet moved: still the old one
    await fill(name('new'), 'new');
    await recoverFolder(join(dir, 'out'));
    expect([await content(), await readdir(dir)]).toEqual(['old', ['out']]);
    // the old one moved away, the new one not yet in place: the new one
    await fill(name('new'), 'new');
    await rename(join(dir, 'out'), name('old'));
    await recoverFolder(join(dir, 'out'));
    expect([await content(), await readdir(dir)]).toEqual(['new', ['out']]);
    // the new one in place, the old one not yet removed
    await fill(name('old'), 'old');
    await recoverFolder(join(dir, 'out'));
    expect([await content(), await readdir(dir)]).toEqual(['new', ['out']]);
    // nothing at all
    expect(await recoverFolder(join(dir, 'none'))).toBe(false);
    expect(await recoverFolder(join(dir, 'no/where'))).toBe(false);
  });

  it('leaves the temporaries of running processes and files of other names alone', async () => {
    const running = `out.tmp-${process.ppid}-0123abcd`;
    await mkdir(join(dir, running));
    await mkdir(join(dir, 'out.new-idea'));
    await recoverFolder(join(dir, 'out'));
    expect((await readdir(dir)).sort()).toEqual(['out.new-idea', running].sort());
  });

  it('survives kill -9 at random moments', async () => {
    const script = join(dir, 'writer.mts');
    const module = fileURLToPath(new URL('./fs.ts', import.meta.url));
    await writeFile(
      script,
      `import { writeFolderAtomic } from ${JSON.stringify(module)}; import { writeFileSync } from 'node:fs';
       for (let n = 1; ; n++) {
         if (n === 2) setTimeout(() => process.kill(process.pid, 'SIGKILL'), 10 + 40 * Math.random());
         await writeFolderAtomic(${JSON.stringify(join(dir, 'out'))}, async (t) => {
           for (const f of ['a', 'b', 'c']) writeFileSync(t + '/' + f, String(n));
         });
       }`,
    );
    for (let run = 0; run < 2; run++) {
      const { signal, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8' });
      expect(signal, stderr).toBe('SIGKILL');
      expect(await recoverFolder(join(dir, 'out'))).toBe(true);
      const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((f) => readFile(join(dir, 'out', f), 'utf8')));
      expect([b, c]).toEqual([a, a]);
      expect((await readdir(dir)).sort()).toEqual(['out', 'writer.mts']);
    }
  });
});

describe('acquireLock', () => {
  it('holds the folder until released, and names the holder', async () => {
    const lock = await acquireLock(join(dir, 'run'));
    await expect(acquireLock(join(dir, 'run'))).rejects.toMatchObject({
      code: 'util.locked',
      message: expect.stringMatching(new RegExp(`process ${process.pid}, taken 20.*choose another folder`)),
    });
    await lock.release();
    await lock.release();
    const again = await acquireLock(join(dir, 'run'));
    await again.release();
    expect(await readdir(join(dir, 'run'))).toEqual([]);
  });

  it('takes over from processes that have ended, reused pids and broken locks', async () => {
    const record = { pid: DEAD, host: hostname(), started: 'then', born: null, token: 'x' };
    const stale = [JSON.stringify(record), JSON.stringify({ ...record, pid: process.pid }), '{"pid": 1', ''];
    if (existsSync('/proc/self/stat')) stale.push(JSON.stringify({ ...record, pid: process.ppid, born: '1' }));
    for (const text of stale) {
      await writeFile(join(dir, '.lock'), text);
      const lock = await acquireLock(dir);
      expect(JSON.parse(await readFile(join(dir, '.lock'), 'utf8')).pid).toBe(process.pid);
      await lock.release();
      expect(await readdir(dir)).toEqual([]);
    }
  });

  it('respects a living process and another machine', async () => {
    await writeFile(join(dir, '.lock'), JSON.stringify({ pid: process.ppid, host: hostname(), started: 'then', born: null, token: 'x' }));
    await expect(acquireLock(dir)).rejects.toThrow(`process ${process.ppid}`);
    await writeFile(join(dir, '.lock'), JSON.stringify({ pid: DEAD, host: 'elsewhere', started: 'then', born: null, token: 'x' }));
    await expect(acquireLock(dir)).rejects.toThrow(/on elsewhere.*delete .*\.lock/);
  });

  it('goes to exactly one of many', async () => {
    await writeFile(join(dir, '.lock'), JSON.stringify({ pid: DEAD, host: hostname(), started: 'then', born: null, token: 'x' }));
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(dir)));
    expect(results.filter((r) => r.status === 'fulfilled').length).toBe(1);
    expect(await readdir(dir)).toEqual(['.lock']);
  });

  it('does not remove a lock that is no longer its own', async () => {
    const lock = await acquireLock(dir);
    await writeFile(join(dir, '.lock'), JSON.stringify({ pid: process.ppid, host: hostname(), started: 'then', born: null, token: 'x' }));
    await lock.release();
    expect(existsSync(join(dir, '.lock'))).toBe(true);
  });
});

describe('JSON', () => {
  it('reads, with or without a byte order mark', async () => {
    await writeFile(join(dir, 'a.json'), '\uFEFF{"a": [1]}');
    expect(await readJson(join(dir, 'a.json'))).toEqual({ a: [1] });
  });

  it('names file, line and column', async () => {
    const path = join(dir, 'a.json');
    await writeFile(path, '{\n  "a": 1,\n  b: 2\n}');
    await expect(readJson(path)).rejects.toMatchObject({ code: 'util.json', place: `${path}:3:3` });
    await writeFile(path, '{"a": [1, 2');
    await expect(readJson(path)).rejects.toThrow(/a\.json:1:12.*end of the text.*cut or empty/);
    await expect(readJson(join(dir, 'none.json'))).rejects.toMatchObject({ code: 'util.missing', place: join(dir, 'none.json') });
  });

  it.each([
    ['', 0],
    ['{"a":1,}', 7],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ['"a\nb"', 2],
    ['"\\x"', 1],
    ['01', 1],
    ['[tru]', 1],
    ['{} {}', 3],
    ['[1]]', 3],
    ['-', 0],
  ])('finds the fault in %j', (text, at) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(jsonErrorAt(text)).toBe(at);
  });

  it('finds none in valid JSON, and does not overflow on nesting', () => {
    fc.assert(fc.property(fc.json(), (text) => void expect(jsonErrorAt(text)).toBe(text.length)));
    expect(jsonErrorAt('['.repeat(1e6))).toBe(1e6);
  });

  it('every cut of a valid text is found at its end or at the cut token', () => {
    const text = '{"a": [1.5e3, true, "x\\u0041"], "b": {"c": null}}';
    for (let n = 0; n < text.length; n++) expect(jsonErrorAt(text.slice(0, n))).toBeLessThanOrEqual(n);
  });
});

describe('JSON lines', () => {
  it('append, drop a line that was cut, and read back', async () => {
    const path = join(dir, 'sub/run.jsonl');
    await appendJsonl(path, { a: 1 }, { a: 2 });
    await writeFile(path, `${await readFile(path, 'utf8')}{"a": 3, "b`);
    expect(await readJsonl(path)).toEqual([{ a: 1 }, { a: 2 }]);
    await appendJsonl(path, { a: 4 });
    expect(await readFile(path, 'utf8')).toBe('{"a":1}\n{"a":2}\n{"a":4}\n');
    await writeFile(path, 'x'.repeat(200_000)); // longer than a block, and no newline at all
    await appendJsonl(path, 5);
    expect(await readFile(path, 'utf8')).toBe('5\n');
  });

  it('name a bad line in the middle', async () => {
    const path = join(dir, 'run.jsonl');
    await writeFile(path, '{}\n{oops}\n{}\n');
    await expect(readJsonl(path)).rejects.toThrow(/run\.jsonl:2:2\)/);
  });
});

describe('mapIoError', () => {
  it.each([
    ['ENOSPC', 'util.full', /Free some space/],
    ['EACCES', 'util.access', /owner and mode/],
    ['EROFS', 'util.access', /writable disk/],
    ['ENOTDIR', 'util.path', /not a folder/],
    ['ENOENT', 'util.missing', /Check the path/],
  ])('explains %s', (code, ours, hint) => {
    const mapped = mapIoError(Object.assign(new Error('x'), { code }), '/some/file');
    expect(mapped).toMatchObject({ code: ours, place: '/some/file', message: expect.stringMatching(hint) });
  });

  it('passes anything else on', () => {
    const error = new Error('x');
    expect(mapIoError(error, 'p')).toBe(error);
    expect(mapIoError('text', 'p')).toBe('text');
  });
});
