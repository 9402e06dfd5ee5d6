// `sensorium eval --bench list`: every benchmark with what it reads, whether it needs a judge, and its scores.

import type { Benchmark } from '../evaluate/benchmark.js';
import { FILE_BENCHMARKS, WORLD_BENCHMARKS, WORLD_FORMS, WORLD_OWN, WORLD_RETRIEVALS } from '../evaluate/benchmarks/index.js';
import { RETRIEVALS } from '../evaluate/retrieval-run.js';
import { worldScenes } from '../evaluate/world-source.js';
import { worldAmber } from '../trust/world-amber.js';
import { checkWorldClaims } from '../trust/world-claims.js';
import { loadSprites } from '../world/render.js';

/** Scores that nearly every benchmark has beside its own. */
const CONTROLS = /^(?:unparsed|unreadable)/;
const SEARCH = 'recall at 1, 5 and 10 both ways, of a CLIP';

/** Who rates the replies: nobody, where they are parsed; a judge; or the exact truth of scenes, which a judge may stand in for. */
function judgeOf({ judge, exact, name }: Benchmark): string {
  if (exact) return 'exact truth, or --judge';
  if (!judge) return 'no';
  return name.endsWith('own') ? 'for rows with the rule judge' : 'needs --judge';
}

const line = (benchmark: Benchmark): string[] => {
  const scores = benchmark.score([]).filter(({ name, detail }) => !detail && !CONTROLS.test(name));
  return [benchmark.name, benchmark.reads ?? 'scenes', judgeOf(benchmark), scores.map((score) => score.name).join(', ') || benchmark.about];
};

/** Columns to the left, the last as long as it is. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The benchmarks over scenes, then those over files. */
export async function benchmarkList(): Promise<string> {
  const scenes = worldScenes(await loadSprites(), { claims: checkWorldClaims });
  const world = [...WORLD_BENCHMARKS, ...WORLD_FORMS, worldAmber].map((open) => line(open(scenes)));
  const places = WORLD_OWN.map((open) => line(open(scenes)));
  const files = FILE_BENCHMARKS.map((open) => line(open({ data: [] })));
  const search = (names: object, reads: string): string[][] => Object.keys(names).map((name) => [name, reads, 'no', SEARCH]);
  const head = ['--bench', 'reads', 'judge', 'scores'];
  return [
    'Over scenes, with exact truth (--bench all runs these):',
    table([head, ...world, ...search(WORLD_RETRIEVALS, 'scenes')]),
    '',
    'Over scenes, by name; most are for models that were taught the task:',
    table([head, ...places]),
    '',
    'Over files, with --data:',
    table([head, ...files, ...search(RETRIEVALS, 'the files of these captions')]),
  ].join('\n');
}
