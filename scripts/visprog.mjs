// Writes results/visprog.json and its table in docs/agents.md: node scripts/visprog.mjs FILE… joins what `sensorium agent --bench world:compositional --out FILE` wrote;
// without files, the table is made from the results that are there.

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

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = process.argv.slice(2);
  if (files.length > 0) writeFileSync(RESULTS, `${JSON.stringify(joined(files), null, 2)}\n`);
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  writeFileSync(PAGE, `${page.slice(0, before)}\n\n${table(JSON.parse(readFileSync(RESULTS, 'utf8')))}\n\n${page.slice(after)}`);
}
