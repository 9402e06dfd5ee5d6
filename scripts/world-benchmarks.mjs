// Writes results/world-benchmarks.json and its table in docs/evaluate.md from what `sensorium eval MODEL --bench all --out FILE` measured:
// node scripts/world-benchmarks.mjs FILE [--user SECONDS] [--commit COMMIT]; without FILE, the table from the results that are there.

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const RESULTS = fileURLToPath(new URL('../results/world-benchmarks.json', import.meta.url));
const PAGE = fileURLToPath(new URL('../docs/evaluate.md', import.meta.url));
const [BEGIN, END] = ['<!-- table of results/world-benchmarks.json -->', '<!-- end of the table -->'];

const digits = (value) => Number(value.toPrecision(4));

/** The scores of short tables, the model's with intervals, the others' alone. */
function shortened({ name, title, n, scores }) {
  const shown = scores.model.filter((score) => !score.detail && score.n > 0);
  return {
    name,
    title,
    rows: n,
    scores: shown.map((score) => ({
      name: score.name,
      better: score.better,
      n: score.n,
      ...Object.fromEntries(['value', 'low', 'high'].map((key) => [key, digits(score[key])])),
      beside: Object.fromEntries(
        Object.entries(scores).flatMap(([who, own]) => {
          const same = own.find((other) => other.name === score.name);
          return who === 'model' || !same || same.n === 0 ? [] : [[who, digits(same.value)]];
        }),
      ),
    })),
  };
}

const HEADS = {
  alwaysYes: 'always yes',
  alwaysNo: 'always no',
  firstOption: 'first option',
  longestOption: 'longest option',
  random: 'random',
  mostFrequent: 'most frequent',
  silent: 'silent',
  truth: 'truth',
  blind: 'blind',
};
/** Controls that stand beside nearly every score. */
const CONTROLS = /^(?:unparsed|unreadable|judge|verdicts that)/;
const number = (value) => (Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3));

/** The table of the page: up to three scores of each benchmark. */
export function table({ benchmarks }) {
  const head = ['score', 'model', '95 %', 'n', 'unparsed', ...Object.values(HEADS)];
  const lines = benchmarks.flatMap(({ name, scores }) =>
    scores
      .filter((score) => !CONTROLS.test(score.name))
      .slice(0, 3)
      .map((score, i) => [
        `\`${name}\` ${score.name}`,
        number(score.value),
        `${number(score.low)}-${number(score.high)}`,
        score.n,
        i === 0 ? (scores.find((other) => other.name === 'unparsed')?.value.toFixed(2) ?? '') : '',
        ...Object.keys(HEADS).map((who) => (score.beside[who] === undefined ? '' : number(score.beside[who]))),
      ]),
  );
  return [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The page with the table between its marks. */
export function withTable(page, results) {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/evaluate.md has no place for the table: ${BEGIN} … ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n${table(results)}\n${page.slice(to)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { user: { type: 'string' }, commit: { type: 'string' } } });
  if (positionals[0]) {
    const { model, source, seed, benchmarks } = JSON.parse(readFileSync(positionals[0], 'utf8'));
    const results = {
      what: 'every benchmark over the scene world: generated scenes, so no number here compares with one on photographs',
      command: `sensorium eval ${model} --bench all --out FILE; node scripts/world-benchmarks.mjs FILE`,
      commit: values.commit,
      date: new Date().toISOString().slice(0, 10),
      machine: `${cpus().length} cores, ${cpus()[0]?.model}`,
      ...(values.user ? { processorSeconds: Number(values.user) } : {}),
      model,
      source: source.description,
      seed,
      benchmarks: benchmarks.map(shortened),
    };
    writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  }
  writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), JSON.parse(readFileSync(RESULTS, 'utf8'))));
}
