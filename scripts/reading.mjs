#!/usr/bin/env node
// Sets the line numbers and counts of docs/reading.md: `PATH:LINE` followed by a text in backquotes is where that text first stands.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(import.meta.dirname, '..');
const PAGE = join(root, 'docs/reading.md');
const lines = (path) => readFileSync(join(root, path), 'utf8').split('\n');

/** The page with its numbers as the sources have them now. Throws for a text that stands nowhere in its file. */
export function renumbered(page) {
  const text = page.replace(/`((?:src|test)\/[\w./-]+):\d+` `([^`]+)`/g, (_, path, what) => {
    const at = lines(path).findIndex((line) => line.includes(what));
    if (at < 0) throw new Error(`docs/reading.md: ${path} does not have: ${what}`);
    return `\`${path}:${at + 1}\` \`${what}\``;
  });
  const [, way] = /## From pixels to logits\n([\s\S]*?)\n##/.exec(text);
  const files = [...new Set([...way.matchAll(/^\| \d+ \| `([\w./-]+):/gm)].map((m) => m[1]))].filter((f) => f.startsWith('src/networks/'));
  const count = files.reduce((n, f) => n + lines(f).length - 1, 0);
  return text.replace(/^(FILES|The network alone .*)$/m, `The network alone is ${files.length} files with ${count.toLocaleString('en')} lines, comments included.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, renumbered(readFileSync(PAGE, 'utf8')));
