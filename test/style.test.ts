// What a reader may count on in every source file: it says first what it is, it is short, and what it exports is explained.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const MAX_LINES = 400;

/** Files that may be longer, up to this, each with its reason. */
const LONGER: Readonly<Record<string, number>> = {
  'src/onnx/codec.ts': 500, // one file format, read and written side by side
  'test/graph/rows-layout.ts': 450, // a table: one entry per op and shape
};

function sources(folders: readonly string[], pattern: RegExp): string[] {
  const files: string[] = [];
  const walk = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules' && entry.name !== 'golden') walk(path);
      } else if (pattern.test(entry.name)) files.push(path);
    }
  };
  const present = new Set(readdirSync(root));
  for (const folder of folders) if (present.has(folder)) walk(join(root, folder));
  return files.sort();
}

const nameOf = (file: string): string => relative(root, file).split(sep).join('/');
const read = (file: string): string => readFileSync(file, 'utf8');

/** True when the file begins with a comment (after a #! line). */
function beginsWithComment(text: string): boolean {
  const first = text.split('\n').find((line) => !line.startsWith('#!')) ?? '';
  return /^\/\/ \S|^\/\*\*? ?\S|^\/\*\*$/.test(first);
}

/**
 * Exported functions, classes and consts without a doc comment directly above. A constant that fits on its line explains itself, and
 * so does an op's row, whose public function is documented; of overloads the first carries the comment.
 */
function undocumented(text: string): string[] {
  const lines = text.split('\n');
  const missing: string[] = [];
  let previous: string | undefined;
  for (const [i, line] of lines.entries()) {
    const name = /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|class|const|let) +([A-Za-z_$][\w$]*)/.exec(line)?.[1];
    if (name === undefined) continue;
    const oneLine = /^export const .*;$/.test(line) || /^export const \w+Op = defineOp\b/.test(line);
    let above = i - 1;
    while (/^(\/\/ biome-ignore|@)/.test(lines[above] ?? '')) above--;
    if (!oneLine && name !== previous && !/(\*\/|^\/\/.*)\s*$/.test(lines[above] ?? '')) missing.push(`${i + 1} ${name}`);
    previous = name;
  }
  return missing;
}

describe('style', () => {
  const code = sources(['src', 'recipes', 'bench', 'examples', 'scripts', 'bin', 'test'], /\.(ts|mjs)$/);

  it('can tell good from bad', () => {
    expect(beginsWithComment('#!/usr/bin/env node\n// What.\n')).toBe(true);
    expect(beginsWithComment("import x from 'x';\n// What.\n")).toBe(false);
    expect(beginsWithComment('//\n')).toBe(false);
    expect(
      undocumented(
        '/** A. */\nexport function a(): void;\nexport function a(x?: 1): void {}\nexport const b = {\n};\nexport const c = 1;\n',
      ),
    ).toEqual(['4 b']);
    expect(undocumented('/** A. */\n// biome-ignore lint: because\nexport class A {}\nexport interface B {}\nexport default 1;')).toEqual(
      [],
    );
  });

  it('every file begins with a comment that says what lives there', () => {
    expect(code.length).toBeGreaterThan(50);
    expect(code.filter((file) => !beginsWithComment(read(file))).map(nameOf)).toEqual([]);
  });

  it(`no source file is longer than ${MAX_LINES} lines`, () => {
    const long = code
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => [nameOf(file), read(file).split('\n').length - 1] as const);
    expect(long.filter(([name, lines]) => lines > (LONGER[name] ?? MAX_LINES))).toEqual([]);
  });

  it('every exported function, class and constant has a doc comment', () => {
    const src = sources(['src'], /\.ts$/).filter((file) => !/\.test\.ts$|\.test-\w+\.ts$/.test(file));
    expect(src.flatMap((file) => undocumented(read(file)).map((what) => `${nameOf(file)}:${what}`))).toEqual([]);
  });
});
