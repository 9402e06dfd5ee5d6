// Writes results/visprog.json and its table in docs/agents.md: node scripts/visprog.mjs FILE… joins what `sensorium agent --bench world:compositional --out FILE` wrote;
// without files, the table is made from the results that are there; --baselines measures the baselines again, which needs no model but the build.

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';

const RESULTS = fileURLToPath(new URL('../results/visprog.json', import.meta.url));
const PAGE = fileURLToPath(new URL('../docs/agents.md', import.meta.url));
const [BEGIN, END] = ['<!-- table of results/visprog.json -->', '<!-- end of the table -->'];

const digits = (value) => Number(value.toPrecision(4));
const shown = ({ value, low, high }) => `${value.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`;

/** The table of the page. */
export function table({ runs, baselines }) {
  const head = ['agent', 'planned by', 'accuracy', 'held-out compositions', 'other compositions', 'valid programs', 'n'];
  const lines = runs.map(({ agent, planner, scores, programs }) => [
    agent,
    planner,
    ...scores.slice(0, 3).map(shown),
    programs.n > 0 ? (programs.valid / programs.n).toFixed(3) : '–',
    String(scores[0].n),
  ]);
  const beside = Object.entries(baselines).map(([name, scores]) => [
    name,
    '–',
    ...scores.slice(0, 3).map((value) => value.toFixed(3)),
    '–',
    String(runs[0].scores[0].n),
  ]);
  return [head, head.map(() => '---'), ...lines, ...beside].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Results of runs in their short form. */
function joined(files) {
  const all = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
  const baselines = {};
  const runs = all.map(({ agent, tier, planner, programs, failed, results: [{ scores }] }) => {
    for (const [name, own] of Object.entries(scores))
      if (name !== 'model') baselines[name] = own.slice(0, 3).map(({ value }) => digits(value));
    const short = scores.model.map(({ name, value, low, high, n }) => ({
      name,
      value: digits(value),
      low: digits(low),
      high: digits(high),
      n,
    }));
    return { agent, tier, planner, programs, failed, scores: short };
  });
  return {
    what: 'world:compositional: compositional questions about generated scenes, answered by programs over the detector, which looks at pixels; not comparable with photographs',
    commands: all.map(
      ({ agent, planner }) => `sensorium agent --bench world:compositional --agent ${agent} --planner ${planner} --n 40 --out FILE`,
    ),
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} cores, ${cpus()[0]?.model.trim()}`,
    source: all[0].source,
    seed: all[0].seed,
    runs,
    baselines,
  };
}

/** The results with the baselines of the same rows measured again, with functions of the package. */
export async function withBaselines(results, { loadSprites, runBenchmarks, worldCompositional, worldScenes }) {
  const scenes = worldScenes(await loadSprites(), { seed: results.seed, split: 'test', language: 'en' });
  const [{ scores }] = await runBenchmarks({
    responder: { replies: async (conversations) => conversations.map(() => '') },
    benchmarks: [worldCompositional(scenes)],
    n: results.runs[0].scores[0].n / (results.runs[0].scores.length - 4),
  });
  const beside = Object.entries(scores).filter(([name]) => name !== 'model' && name !== 'blind');
  const blind = results.baselines.blind ? { blind: results.baselines.blind } : {};
  return {
    ...results,
    baselines: { ...blind, ...Object.fromEntries(beside.map(([name, own]) => [name, own.slice(0, 3).map(({ value }) => digits(value))])) },
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = process.argv.slice(2).filter((arg) => arg !== '--baselines');
  if (process.argv.includes('--baselines')) {
    const built = (name) => import(new URL(`../dist/src/${name}/index.js`, import.meta.url).href);
    const parts = { ...(await built('evaluate')), ...(await built('evaluate/benchmarks/world')), ...(await built('world')) };
    const known = JSON.parse(readFileSync(RESULTS, 'utf8'));
    writeFileSync(RESULTS, `${JSON.stringify(await withBaselines(known, parts), null, 2)}\n`);
  } else if (files.length > 0) writeFileSync(RESULTS, `${JSON.stringify(joined(files), null, 2)}\n`);
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  writeFileSync(PAGE, `${page.slice(0, before)}\n\n${table(JSON.parse(readFileSync(RESULTS, 'utf8')))}\n\n${page.slice(after)}`);
}
