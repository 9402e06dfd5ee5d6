// Writes docs/claims.md, the survey's claims at small scale, from results/claims: `node scripts/claims.mjs`; a test compares the page with them.

import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Whether the interval of a difference is where a check wants it: `reproduced`, `not`, or `unclear` where it is partly so. */
export function checkVerdict({ rule, margin, low, high }) {
  if (low === undefined || high === undefined) return 'unclear';
  if (rule === 'within') return low > -margin && high < margin ? 'reproduced' : high < -margin || low > margin ? 'not' : 'unclear';
  return low > margin ? 'reproduced' : high < margin ? 'not' : 'unclear';
}

/** A claim is reproduced where all of its checks are, and not where one of them is not. */
export function claimVerdict({ checks }) {
  const all = checks.map(checkVerdict);
  return all.length > 0 && all.every((v) => v === 'reproduced') ? 'reproduced' : all.includes('not') ? 'not' : 'unclear';
}

const number = (x) => (x === undefined ? '-' : x.toFixed(3));
const wanted = ({ rule, margin }) => (rule === 'within' ? `within ±${margin}` : `${rule === 'above' ? 'above' : 'at least'} ${margin}`);
const cell = (text) => String(text).replaceAll('|', '\\|');

/** The recipe of a claim: its own file, or that of a study. */
export const recipeOf = (name) =>
  existsSync(join(root, 'recipes', 'studies', `${name}.ts`)) ? `recipes/studies/${name}.ts` : `recipes/claims/${name}.ts`;

/** The page for results as `recipes/parts/claim.ts` writes them. */
export function page(results) {
  const claims = [...results].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const summary = claims.map((c) => `| [${cell(c.claim)}](../${recipeOf(c.name)}) | **${claimVerdict(c)}** |`);
  const sections = claims.map((c) => {
    const checks = c.checks.map(
      (check) =>
        `| ${cell(check.says)} | ${wanted(check)} | ${number(check.mean)} | ${number(check.low)} to ${number(check.high)} | ${check.differences.map(number).join(', ') || '-'} | ${checkVerdict(check)} |`,
    );
    return `## ${c.claim}

${c.experiment}. Verdict: **${claimVerdict(c)}**.

| difference | wanted | mean | 95 % | each seed | verdict |
|---|---|---|---|---|---|
${checks.join('\n')}

\`${c.command}\`, ${c.date}, ${c.machine}${c.commit ? `, commit ${c.commit}` : ''}.
`;
  });
  return `# The survey's claims at small scale

What the survey says of training multimodal models, tried in the scene world with models of two million parameters. A claim that is reproduced here holds
here; one that is not may hold for larger models and natural images. This page is written by \`node scripts/claims.mjs\` from \`results/claims/\`, which the
sweeps of [recipes/claims](../recipes/claims) and [recipes/studies](../recipes/studies) write.

**The rule.** Each claim is one or several differences between two ways to train, taken seed by seed, with the 95 % interval of their mean by Student's t over
the seeds. A difference is *reproduced* when the whole interval is where the claim wants it (above a margin, within one, or at least so much), *not* when the
whole interval is outside, and *unclear* otherwise, also where there are fewer than two seeds. A claim is reproduced when all of its differences are, and not
when one of them is not. Three seeds give wide intervals: t is 4.3.

| claim | verdict |
|---|---|
${summary.join('\n') || '| none has been measured yet | - |'}

${sections.join('\n')}`;
}

/** The results that are there. */
export async function results() {
  const dir = join(root, 'results', 'claims');
  if (!existsSync(dir)) return [];
  const files = (await readdir(dir)).filter((name) => name.endsWith('.json'));
  return Promise.all(files.map(async (name) => JSON.parse(await readFile(join(dir, name), 'utf8'))));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(join(root, 'docs', 'claims.md'), page(await results()));
