// Writes docs/zoo.md, the survey as one table, from results/zoo: `node scripts/zoo.mjs`; a test compares the page with them.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const value = (score) => (score ? `${score.value.toFixed(3)} (${score.low.toFixed(3)} to ${score.high.toFixed(3)})` : '-');
const millions = (n) => (n >= 1e6 ? `${(n / 1e6).toFixed(2)} M` : `${Math.round(n / 1e3)} k`);
const cell = (text) => String(text).replaceAll('|', '\\|');

/** The page for results as `recipes/parts/zoo.ts` writes them. */
export function page(results) {
  const rows = [...results].sort((a, b) => a.system.localeCompare(b.system, 'en'));
  const table = rows.map((r) =>
    [
      `[${r.system}](../recipes/${r.name}.ts)`,
      cell(r.own),
      `${millions(r.parameters.all)} / ${millions(r.parameters.trained)}`,
      r.tokens ?? '-',
      r.steps,
      `${r.score.name}, n ${r.score.n}`,
      value(r.score),
      value(r.blind),
      r.seconds.training,
      cell(r.paper),
    ].join(' | '),
  );
  const published = rows.map((r) => `- **${r.system}**: ${r.published}`);
  return `# The zoo

Systems of the survey as recipes at tiny scale: each begins with the parts in \`models/\`, adds what is the system's own, and is measured on its own
benchmark of the scene world, beside the same model without the picture (or sound, or points). The scores say that a part works and what it moves on
a benchmark of its own; they are no comparison of systems with each other, and no scores of natural images.
This page is written by \`node scripts/zoo.mjs\` from \`results/zoo/\`, where commands, commits, machines and further scores are.

| system | what is its own | parameters / trained | tokens an image | steps | score | value (95 %) | without the picture | seconds | paper |
|---|---|---|---|---|---|---|---|---|---|
${table.map((row) => `| ${row} |`).join('\n')}

## At the published scale

${published.join('\n')}
`;
}

/** The results that are there. */
export async function results() {
  const dir = join(root, 'results', 'zoo');
  const files = (await readdir(dir)).filter((name) => name.endsWith('.json'));
  return Promise.all(files.map(async (name) => JSON.parse(await readFile(join(dir, name), 'utf8'))));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(join(root, 'docs', 'zoo.md'), page(await results()));
