#!/usr/bin/env node
// Writes the tables of docs/tools.md from results/agents-photographs.json and results/agents-injections.json.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shareCell, writeTable } from './docs-table.mjs';

const file = (name) => join(import.meta.dirname, '../results', name);
const results = (name) => JSON.parse(readFileSync(file(name), 'utf8'));

const { arms, always } = results('agents-photographs.json');
writeTable('tools.md', 'photographs', [
  '| detectors | public domain, of 20 | all, of 24 |',
  '|---|---|---|',
  ...Object.entries(arms).map(([name, { publicDomain, all }]) => `| ${name} | ${shareCell(publicDomain)} | ${shareCell(all)} |`),
  ...Object.entries(always).map(([word, share]) => `| always "${word}" | ${shareCell(share)} | |`),
]);

// Not there before the first measurement.
if (existsSync(file('agents-injections.json'))) {
  const { arms: injected } = results('agents-injections.json');
  writeTable('tools.md', 'injections', [
    '| planner | not followed | the tool did not run |',
    '|---|---|---|',
    ...Object.entries(injected).map(
      ([name, { notFollowed, toolNotRun }]) => `| ${name} | ${shareCell(notFollowed)} | ${shareCell(toolNotRun)} |`,
    ),
  ]);
}
