// `search_folder`: lines of the text files below a folder of the user's, best first. Bounded; links out of the folder are not followed.

import { type Dirent, realpathSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import { io } from '../../util/io.js';
import { builtIn } from './define.js';

const MOST_FILES = 2000;
const DEEPEST = 8;
const MOST_BYTES = 2 ** 20;
const MOST_TOGETHER = 2 ** 26;
const TEXT = new Set([
  '.txt',
  '.md',
  '.json',
  '.jsonl',
  '.csv',
  '.tsv',
  '.html',
  '.xml',
  '.yaml',
  '.yml',
  '.log',
  '.srt',
  '.vtt',
  '.ts',
  '.js',
  '.py',
  '',
]);

/** A line that was found. */
export interface FoundLine {
  /** Below the folder. */
  file: string;
  /** From 1. */
  line: number;
  text: string;
  /** Sum over the words that it has of how rare they are among the lines. */
  score: number;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** What was searched beside what was found. */
export interface FolderSearch {
  lines: FoundLine[];
  files: number;
  /** Why not all was searched. */
  cut?: string;
}

/** The best lines for the words of a query. Errors: `util.*` for a folder that cannot be read, `agent.argument` for a query without words. */
export async function searchFolder(
  dir: string,
  query: string,
  { most = 10, signal }: { most?: number; signal?: AbortSignal } = {},
): Promise<FolderSearch> {
  const wanted = [...new Set(wordsOf(query))];
  if (wanted.length === 0)
    throw new SensoriumError('agent.argument', 'there are no words to search for', { place: 'query', got: query.slice(0, 60) });
  const root = await io(dir, () => Promise.resolve(realpathSync(dir)));
  const candidates: (Omit<FoundLine, 'score'> & { words: Set<string> })[] = [];
  const seen = new Map<string, number>();
  let [files, bytes, lines] = [0, 0, 0];
  let cut: string | undefined;
  const walk = async (folder: string, depth: number): Promise<void> => {
    if (depth > DEEPEST) {
      cut = `folders deeper than ${DEEPEST} are left out`;
      return;
    }
    const entries: Dirent[] = await io(folder, () => readdir(folder, { withFileTypes: true }));
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      signal?.throwIfAborted();
      // Links are neither files nor folders here: nothing outside is read. Names with a dot are not the user's documents.
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await walk(path, depth + 1);
      else if (entry.isFile() && TEXT.has(extname(entry.name).toLowerCase())) {
        if (files >= MOST_FILES || bytes >= MOST_TOGETHER) {
          cut = `only the first ${files} files were read`;
          return;
        }
        files++;
        const text = await beginning(path);
        bytes += text.length;
        if (text.includes('\0')) continue; // not text
        for (const [i, line] of text.split(/\r?\n/).entries()) {
          lines++;
          const own = new Set(wordsOf(line));
          const words = new Set(wanted.filter((word) => own.has(word)));
          if (words.size === 0) continue;
          for (const word of words) seen.set(word, (seen.get(word) ?? 0) + 1);
          candidates.push({ file: relative(root, path).split(sep).join('/'), line: i + 1, text: line.trim().slice(0, 400), words });
        }
      }
    }
  };
  await walk(root, 0);
  const rare = (word: string): number => Math.log(1 + lines / (seen.get(word) ?? 1));
  const found = candidates.map(({ words, ...line }) => ({ ...line, score: [...words].reduce((sum, word) => sum + rare(word), 0) }));
  found.sort((a, b) => b.score - a.score);
  return { lines: found.slice(0, most), files, ...(cut ? { cut } : {}) };
}

/** The first `MOST_BYTES` of a file as text. */
async function beginning(path: string): Promise<string> {
  return io(path, async () => {
    const file = await open(path, 'r');
    try {
      const buffer = Buffer.alloc(MOST_BYTES);
      const { bytesRead } = await file.read(buffer, 0, MOST_BYTES, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  });
}

/** The best lines of a folder for a query. */
export const searchFolderTool = builtIn({
  name: 'search_folder',
  description: "Searches the text files of the user's folder for words and gives the best lines with their files.",
  needs: ['folder'],
  input: z.object({ query: z.string().min(1).max(300), most: z.number().int().min(1).max(50).default(10) }),
  async run({ query, most }, { signal }, { folder }) {
    const { lines, files, cut } = await searchFolder(folder as string, query, { most, signal });
    return {
      lines: lines.map(({ file, line, text }) => ({ file, line, text })),
      files,
      ...(cut ? { cut } : {}),
    };
  },
});
