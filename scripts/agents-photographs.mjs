#!/usr/bin/env node
// Runs the tasks of examples/photographs/tasks.json with real detectors and OCR, keeps every trace as a page, counts success: results/agents-photographs.json.
// First: node scripts/photographs.mjs FOLDER; npx sensorium assets get. Then: node scripts/agents-photographs.mjs FOLDER [--agent mm-react] [--pages DIR] [--out FILE]

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tsImport } from 'tsx/esm/api';
import { fileOf, photographs } from './photographs.mjs';

const root = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  options: {
    agent: { type: 'string', default: 'mm-react' },
    pages: { type: 'string', default: join(root, 'runs/agents-photographs') },
    out: { type: 'string', default: join(root, 'results/agents-photographs.json') },
    detectors: { type: 'string', default: 'centernet,nanodet' },
  },
  allowPositionals: true,
});
const [folder] = positionals;
if (!folder) throw new Error('usage: node scripts/agents-photographs.mjs FOLDER');

process.env.SENSORIUM_WORKERS = '0'; // sources are compiled as they are loaded, which threads cannot do
const load = (file) => tsImport(join(root, 'src', file), import.meta.url);
const { Equipment, runAgent, tracePage } = await load('agents/index.ts');
const { openDetector, openReader } = await load('trust/experts/index.ts');
const { decodeImage } = await load('media/index.ts');
const { iou } = await load('evaluate/metrics/boxes.ts');
const { wilson } = await load('evaluate/wilson.ts');

const { tasks } = JSON.parse(readFileSync(join(root, 'examples/photographs/tasks.json'), 'utf8'));
const files = new Map(photographs().map((photo) => [photo.name, join(folder, fileOf(photo))]));
const names = values.detectors.split(',');
const detectors = await Promise.all(names.map(async (name) => ({ name, detector: await openDetector(name) })));
const reader = await openReader();
const equipment = new Equipment({ detectors, reader });

const plain = (text) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
function isRight({ answers, box, mask }, answer, workspace) {
  if (answer === undefined) return false;
  if (answers) return answers.some((one) => plain(one) === plain(answer));
  if (box) {
    const found = /\[([\d, ]+)\]/.exec(answer)?.[1].split(',').map(Number);
    return found?.length === 4 && iou(box, found) >= 0.5;
  }
  if (!workspace.names('mask').includes(answer)) return false;
  const { width, data } = workspace.get('mask', answer);
  const at = ([x, y]) => data[y * width + x] === 1;
  return at(mask.inside) && !at(mask.outside);
}

mkdirSync(values.pages, { recursive: true });
const rows = [];
for (const [i, task] of tasks.entries()) {
  const images = await Promise.all(task.images.map(async (name) => ({ image: await decodeImage(files.get(name)), origin: name })));
  const { trace, workspace } = await runAgent(values.agent, { text: task.task, images }, { equipment });
  const right = isRight(task, trace.answer, workspace);
  const page = `${String(i + 1).padStart(2, '0')}-${task.images[0]}.html`;
  writeFileSync(
    join(values.pages, page),
    await tracePage(trace, workspace, { command: `node scripts/agents-photographs.mjs FOLDER --agent ${values.agent}` }),
  );
  rows.push({
    ...task,
    answer: trace.answer ?? null,
    ...(trace.failed ? { failed: trace.failed.code } : {}),
    right,
    calls: trace.steps.filter(({ kind }) => kind === 'call').map(({ name }) => name),
    page,
  });
  console.error(`${right ? 'right' : 'WRONG'}  ${task.images.join(',')}: ${task.task} -> ${trace.answer ?? trace.failed?.message}`);
}
reader.dispose();
for (const { detector } of detectors) detector.dispose();

const score = (some) => {
  const right = some.filter((row) => row.right).length;
  const { low, high } = wilson(right, some.length);
  return { right, n: some.length, value: right / some.length, low, high };
};
const free = rows.filter((row) => row.terms === undefined);
const result = {
  about:
    'Tasks over photographs by hand labels; tier grammar (rules plan, real detectors and OCR look). Detectors know the 80 classes of COCO.',
  command: `node scripts/photographs.mjs FOLDER && node scripts/agents-photographs.mjs FOLDER --agent ${values.agent} --detectors ${values.detectors}`,
  agent: values.agent,
  tier: 'grammar',
  detectors: names,
  reader: 'pp-ocrv4',
  publicDomain: score(free),
  all: score(rows),
  always: {
    yes: score(free.map((row) => ({ right: row.answers?.includes('yes') ?? false }))),
    no: score(free.map((row) => ({ right: row.answers?.includes('no') ?? false }))),
    1: score(free.map((row) => ({ right: row.answers?.includes('1') ?? false }))),
  },
  tasks: rows,
};
writeFileSync(values.out, `${JSON.stringify(result, null, 1)}\n`);
console.log(JSON.stringify({ publicDomain: result.publicDomain, all: result.all }));
