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
    // Several by commas: the next one where one finds nothing. Joined by +: what both find.
    detectors: { type: 'string', multiple: true, default: ['centernet,nanodet', 'nanodet+centernet'] },
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
const reader = await openReader();

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

const score = (some) => {
  const right = some.filter((row) => row.right).length;
  const { low, high } = wilson(right, some.length);
  return { right, n: some.length, value: right / some.length, low, high };
};
const isFree = (row) => row.terms === undefined;
mkdirSync(values.pages, { recursive: true });
const arms = {};
for (const [k, name] of values.detectors.entries()) {
  const detectors = await Promise.all(
    name.split(',').map(async (one) => ({ name: one, detector: await openDetector(one.replaceAll('+', ',')) })),
  );
  const equipment = new Equipment({ detectors, reader });
  const rows = [];
  for (const [i, task] of tasks.entries()) {
    const images = await Promise.all(task.images.map(async (image) => ({ image: await decodeImage(files.get(image)), origin: image })));
    const { trace, workspace } = await runAgent(
      values.agent,
      { text: task.task, images },
      { equipment, budget: { maxCalls: 64, maxSeconds: 3600 } },
    );
    const right = isRight(task, trace.answer, workspace);
    const page = `${k + 1}-${String(i + 1).padStart(2, '0')}-${task.images[0]}.html`;
    const command = `node scripts/agents-photographs.mjs FOLDER --agent ${values.agent} --detectors ${name}`;
    writeFileSync(join(values.pages, page), await tracePage(trace, workspace, { command }));
    const calls = trace.steps.filter(({ kind }) => kind === 'call').map((step) => step.name);
    rows.push({ ...task, answer: trace.answer ?? null, ...(trace.failed ? { failed: trace.failed.code } : {}), right, calls, page });
    console.error(
      `${name}  ${right ? 'right' : 'WRONG'}  ${task.images.join(',')}: ${task.task} -> ${trace.answer ?? trace.failed?.message}`,
    );
  }
  for (const { detector } of detectors) detector.dispose();
  arms[name] = { publicDomain: score(rows.filter(isFree)), all: score(rows), tasks: rows };
}
reader.dispose();

const always = (word) => score(tasks.filter(isFree).map(({ answers = [] }) => ({ right: answers.includes(word) })));
const result = {
  about:
    'Tasks over photographs by hand labels; tier grammar: rules plan, real detectors and OCR look. The detectors know the 80 classes of COCO. always: what one word as every answer scores.',
  command: `node scripts/photographs.mjs FOLDER && node scripts/agents-photographs.mjs FOLDER --agent ${values.agent}`,
  agent: values.agent,
  tier: 'grammar',
  reader: 'pp-ocrv4',
  always: { yes: always('yes'), no: always('no'), 1: always('1') },
  arms,
};
writeFileSync(values.out, `${JSON.stringify(result, null, 1)}\n`);
for (const [name, { publicDomain, all }] of Object.entries(arms)) console.log(name, JSON.stringify({ publicDomain, all }));
