// The layer rule: a folder of src/ may import only folders that come before it in the list (and util), so there are no cycles between folders.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** The reading order of the code; see the architecture document. */
const LAYERS = [
  'util', 'onnx', 'graph', 'runtime', 'nn', 'text', 'media', 'networks', 'weights', 'model', 'world', 'data',
  'generate', 'train', 'evaluate', 'trust', 'curate', 'reason', 'agents', 'serve', 'web', 'cli',
]; // biome-ignore format: one list, read as a list

/** Imports that look up, each with its reason. Keep this empty if you can. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

function typescriptFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Replaces comments by spaces, so that an import in an example is not taken for one. Strings are kept. */
function withoutComments(source: string): string {
  const pattern = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return source.replace(pattern, (part) => (part.startsWith('/') ? part.replace(/[^\n]/g, ' ') : part));
}

/** Module specifiers that a source imports: static, type-only, re-exported and dynamic. */
function importsOf(source: string): string[] {
  const code = withoutComments(source);
  const found: string[] = [];
  for (const pattern of [
    /(?:^|[;}\n])\s*(?:import|export)\b[^'";]*?\bfrom\s*(['"])([^'"\n]+)\1/g,
    /(?:^|[;}\n])\s*import\s*(['"])([^'"\n]+)\1/g,
    /\bimport\s*\(\s*(['"])([^'"\n]+)\1/g,
  ])
    for (const match of code.matchAll(pattern)) found.push(match[2] as string);
  return found;
}

/** Why `from` (a path below src/) may not import `to`, or undefined when it may. */
function violation(from: string, to: string): string | undefined {
  const [fromParts, toParts] = [from.split('/'), to.split('/')];
  if (fromParts.length === 1) return undefined; // the barrels of src/ itself may import anything
  const [fromFolder, toFolder] = [fromParts[0] as string, toParts[0] as string];
  if (to.startsWith('..')) return `${from} imports ${to}, which is outside src/`;
  // A barrel stands above every folder except the command line, which uses the package as users do.
  if (toParts.length === 1) return fromFolder === 'cli' ? undefined : `${from} imports the package's own entry ${to}`;
  const [fromLayer, toLayer] = [LAYERS.indexOf(fromFolder), LAYERS.indexOf(toFolder)];
  if (fromLayer < 0) return `${fromFolder}/ is not in the list of layers`;
  if (toLayer < 0) return `${from} imports ${toFolder}/, which is not in the list of layers`;
  return toLayer <= fromLayer || toFolder === 'util' ? undefined : `${from} imports ${to}: ${toFolder} comes after ${fromFolder}`;
}

describe('layers', () => {
  const src = join(root, 'src');
  const files = typescriptFiles(src).filter((file) => !file.endsWith('.test.ts'));

  it('reads every form of import and nothing else', () => {
    const source = [
      "import a from '../a.js';",
      'import {\n  b,\n  c,\n} from "../b.js";',
      "import type { D } from '../d.js';",
      "export * from '../e.js';",
      "export { f } from '../f.js'; import '../g.js';",
      "const h = await import('../h.js');",
      "// import x from '../x.js'",
      "/** import y from '../y.js' */",
      "const text = `export const z`; const s = 'from';",
    ].join('\n');
    expect(importsOf(source).sort()).toEqual(['../a.js', '../b.js', '../d.js', '../e.js', '../f.js', '../g.js', '../h.js']);
  });

  it('knows up from down', () => {
    expect(violation('graph/tensor.ts', 'util/errors.ts')).toBeUndefined();
    expect(violation('nn/linear.ts', 'graph/tensor.ts')).toBeUndefined();
    expect(violation('graph/tensor.ts', 'nn/linear.ts')).toMatch(/nn comes after graph/);
    expect(violation('util/errors.ts', 'onnx/model.ts')).toMatch(/onnx comes after util/);
    expect(violation('train/run.ts', 'index.ts')).toMatch(/entry/);
    expect(violation('cli/ask.ts', 'index.ts')).toBeUndefined();
    expect(violation('index.ts', 'cli/main.ts')).toBeUndefined();
    expect(violation('cli/ask.ts', '../recipes/tiny.ts')).toMatch(/outside/);
    expect(violation('misc/x.ts', 'util/errors.ts')).toMatch(/not in the list/);
  });

  it('are kept by every file', () => {
    expect(files.length).toBeGreaterThan(50);
    const wrong: string[] = [];
    const used = new Set<string>();
    for (const file of files) {
      const from = relative(src, file).split(sep).join('/');
      for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
        if (!specifier.startsWith('.')) continue;
        const to = relative(src, resolve(dirname(file), specifier))
          .split(sep)
          .join('/')
          .replace(/\.js$/, '.ts');
        const key = `${from} -> ${to}`;
        const why = violation(from, to);
        if (why === undefined) continue;
        if (key in EXCEPTIONS) used.add(key);
        else wrong.push(why);
      }
    }
    expect(wrong).toEqual([]);
    expect([...used].sort(), 'exceptions that nothing needs any more').toEqual(Object.keys(EXCEPTIONS).sort());
  });
});
