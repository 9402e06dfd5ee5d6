// Writes docs/zoo.md, the survey as tables, from results/zoo and the results of agents: `node scripts/zoo.mjs`; a test compares the page with them.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const value = (score) => (score ? `${score.value.toFixed(3)} (${score.low.toFixed(3)} to ${score.high.toFixed(3)})` : '-');
const millions = (n) => (n >= 1e6 ? `${(n / 1e6).toFixed(2)} M` : `${Math.round(n / 1e3)} k`);
const cell = (text) => String(text).replaceAll('|', '\\|');

/** What uses models, by the file of its results: rows of system, what is its own, who plans, the score and what it stands beside. */
const USES = {
  'visprog.json': ({ runs, baselines }) => {
    const direct = runs.find(({ agent }) => agent === 'direct');
    const beside = `the model asked directly ${direct ? direct.scores[0].value.toFixed(3) : '-'}; most frequent answer ${baselines.mostFrequent[0].toFixed(3)}`;
    const names = { visprog: 'VisProg', viper: 'ViperGPT', chameleon: 'Chameleon' };
    return runs
      .filter(({ agent }) => agent in names)
      .map(({ agent, tier, scores: [score] }) => [
        names[agent],
        'agents.md',
        'typed programs over a detector',
        tier,
        'compositional questions',
        score,
        beside,
      ]);
  },
  'chains.json': ({ runs }) => {
    const direct = runs.find(({ chain }) => chain === null).scores.model[0];
    return runs
      .filter(({ chain }) => chain !== null)
      .map(({ name, chain, scores }) => [
        `chain of thought: ${name}`,
        'chain-of-thought.md',
        'sub-questions, or a rationale first',
        chain.tier ?? 'own',
        'questions of several steps',
        scores.model[0],
        `asked directly ${direct.value.toFixed(3)}`,
      ]);
  },
  'gui.json': ({ scores }) =>
    scores
      .filter(({ policy }) => policy !== 'no-op' && policy !== 'random')
      .map(({ policy, tier, all }) => [
        'AppAgent, CogAgent',
        'gui.md',
        `pages in Chromium, policy ${policy}`,
        tier,
        '60 tasks in 12 apps',
        all,
        'no action 0.000',
      ]),
  'embodied.json': ({ scores }) =>
    scores
      .filter(({ planner }) => planner !== 'empty' && planner !== 'random')
      .map(({ tier, success }) => [
        'an embodied agent',
        'gui.md',
        'move, pick and put, plans checked by a simulator',
        tier,
        'rooms rearranged',
        success,
        'no plan 0.000',
      ]),
  'agents-photographs.json': ({ tier, arms, always }) =>
    Object.entries(arms).map(([name, { publicDomain }]) => [
      'MM-REACT',
      'tools.md',
      `tools over photographs, ${name.replaceAll(',', ', then ')}`,
      tier,
      'tasks over public-domain photographs',
      publicDomain,
      `always yes ${always.yes.value.toFixed(3)}`,
    ]),
  'gpt4tools.json': ({ measured, tier }) =>
    measured.own.map(({ title, scores }) => {
      const score = scores.model.find(({ name }) => name === 'SR') ?? scores.model[0];
      return ['GPT4Tools', 'tool-tuning.md', 'tuned to choose and call tools', tier, title, score, '-'];
    }),
  'point-clip.json': ({ ways, guessing }) => [
    [
      'PointCLIP V2',
      'world.md',
      'a CLIP that never met a cloud of points classifies its projections',
      'no plan',
      'clouds of eight shapes',
      ways['all four steps'].accuracy,
      `none of the four steps ${ways['none of the steps'].accuracy.value.toFixed(3)}; guessing ${guessing.toFixed(3)}`,
    ],
  ],
};

/** The rows of what uses models, of the results that are there. */
export async function uses() {
  const rows = [];
  for (const [file, rowsOf] of Object.entries(USES)) {
    const text = await readFile(join(root, 'results', file), 'utf8').catch((error) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text !== undefined) rows.push(...rowsOf(JSON.parse(text)));
  }
  return rows;
}

/** The page for results as `recipes/parts/zoo.ts` writes them, and rows of `uses`. */
export function page(results, used) {
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

## Systems that use models

Programs, tools, chains and agents over models, with who plans: \`grammar\` are rules, \`own\` is a small model of ours, \`url\` a server. Each score is on its own tasks.

| system | what is its own | planned by | tasks, n | success (95 %) | beside it |
|---|---|---|---|---|---|
${used.map(([system, doc, own, tier, tasks, score, beside]) => `| [${system}](${doc}) | ${cell(own)} | ${tier} | ${cell(tasks)}, ${score.n} | ${value(score)} | ${cell(beside)} |`).join('\n')}

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

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(join(root, 'docs', 'zoo.md'), page(await results(), await uses()));
