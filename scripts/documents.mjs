#!/usr/bin/env node
// Fields of documents read with OCR and without: PP-OCRv4 before a text model of ours, what that model makes of perfect print and of nothing, and a
// model of images alone: results/documents.json. First: npx sensorium assets get pp-ocrv4; npx sensorium train recipes/document-text.ts --out runs/document-text.
// Then: node scripts/documents.mjs [--text FOLDER] [--ocr-free FOLDER] [--sizes 128,256] [--n 30] [--lines FILE] [--out FILE]

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tsImport } from 'tsx/esm/api';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    // Without it the reader alone is measured.
    text: { type: 'string' },
    'ocr-free': { type: 'string' },
    // Pixels of a side: the print is the same, in more or fewer pixels.
    sizes: { type: 'string', default: '128,256' },
    // Questions of each kind of document.
    n: { type: 'string', default: '30' },
    // What the reader has read is kept here, and taken from here for the next model.
    lines: { type: 'string' },
    out: { type: 'string', default: join(root, 'results/documents.json') },
  },
});
const [n, sizes] = [Number(values.n), values.sizes.split(',').map(Number)];
if (!(Number.isInteger(n) && n > 0)) throw new Error(`--n: a whole number above 0, got ${values.n}`);
if (!sizes.every((size) => Number.isInteger(size) && size >= 64 && size <= 1024))
  throw new Error(`--sizes: 64 to 1024, got ${values.sizes}`);

process.env.SENSORIUM_WORKERS = '0'; // sources are compiled as they are loaded, which threads cannot do
const load = (file) => tsImport(join(root, file), import.meta.url);
const { openReader } = await load('src/trust/experts/index.ts');
const { Mllm } = await load('src/generate/mllm.ts');
const { documents, mediaSource } = await load('src/world/index.ts');
const { mediaBenchmark } = await load('src/evaluate/index.ts');
const { meanShare } = await load('src/evaluate/scores.ts');
const { anls } = await load('src/evaluate/metrics/anls.ts');
const { openImage } = await load('src/media/index.ts');
const { askAbout, printOf, readingOrder } = await load('recipes/parts/document-text.ts');
const { commitOf, machine } = await load('recipes/parts/provenance.ts');

const SEED = 77;
const { world } = documents;
const known = values.lines && existsSync(values.lines) ? JSON.parse(readFileSync(values.lines, 'utf8')) : {};
let opened;
/** The lines of a picture with the seconds that they took, as they were read now or before. */
async function linesOf(picture) {
  const key = `${picture.width} ${picture.key}`;
  if (!known[key]) {
    opened ??= await openReader();
    const before = performance.now();
    const { lines } = await opened.read({ type: 'image', source: await openImage(picture) });
    known[key] = { lines: lines.map(({ text, box }) => ({ text, box })), seconds: (performance.now() - before) / 1000 };
    if (values.lines) writeFileSync(values.lines, JSON.stringify(known));
  }
  return known[key];
}
const text = values.text === undefined ? undefined : await Mllm.load(values.text);
const free = values['ocr-free'] === undefined ? undefined : await Mllm.load(values['ocr-free']);
const replyOf = async (model, messages) => (await model.reply({ messages, temperature: 0, maxTokens: world.maxTokens })).text;

/** All arms over documents of one size. */
async function measured(size) {
  const dials = { fields: 2, width: size, height: size };
  const source = mediaSource(world, { ...dials, seed: SEED, split: 'test', language: 'en', items: Number.MAX_SAFE_INTEGER });
  const items = new Map();
  const itemOf = (key) => {
    for (let index = items.size; !items.has(key); index++) {
      const { item, key: own } = source.get(index);
      items.set(own, item);
    }
    return items.get(key);
  };
  const rows = [];
  let seconds = 0;
  for await (const { kind, messages, truth } of mediaBenchmark(world, { seed: SEED, dials }).rows({ n })) {
    const [picture, asked] = ['image', 'text'].map((type) => messages[0].content.find((part) => part.type === type));
    const question = asked.text;
    const { lines, seconds: own } = await linesOf(picture.source);
    seconds += own;
    const read = readingOrder(lines);
    const print = readingOrder(printOf(itemOf(picture.source.key)));
    const answers = {
      ...(text
        ? {
            ocr: await replyOf(text, [askAbout(read, question)]),
            print: await replyOf(text, [askAbout(print, question)]),
            blind: await replyOf(text, [{ role: 'user', content: question }]),
          }
        : {}),
      ...(free ? { free: await replyOf(free, messages) } : {}),
    };
    const nearest = lines.map((line) => line.text).reduce((best, one) => (anls(one, [truth], 0) > anls(best, [truth], 0) ? one : best), '');
    const shares = Object.fromEntries(Object.entries({ ...answers, nearest }).map(([arm, reply]) => [arm, anls(reply, [truth])]));
    rows.push({ kind, question, truth, read, answers, shares, whole: anls(read, [print], 0) });
    if (rows.length % 20 === 0) console.error(`${size} px: ${rows.length} of ${n * world.kinds.length}`);
  }
  const score = (some, of) => {
    const { value, low, high, n: count } = meanShare('ANLS', some.map(of), {});
    return { value, low, high, n: count };
  };
  const arm = (name) => ({
    all: score(rows, ({ shares }) => shares[name]),
    ...Object.fromEntries(
      world.kinds.map((kind) => [
        kind,
        score(
          rows.filter((row) => row.kind === kind),
          ({ shares }) => shares[name],
        ),
      ]),
    ),
  });
  return {
    size,
    n: rows.length,
    secondsOfOcr: Number((seconds / rows.length).toFixed(3)),
    arms: {
      ...(text
        ? { 'PP-OCRv4 + text model': arm('ocr'), 'perfect print + text model': arm('print'), 'text model alone': arm('blind') }
        : {}),
      ...(free ? { 'OCR-free': arm('free') } : {}),
    },
    // What no text model behind it could pass by giving back one piece of print, and how much of the page is read as it is printed.
    'nearest piece of PP-OCRv4': arm('nearest'),
    'page of PP-OCRv4 against the print': score(rows, ({ whole }) => whole),
    examples: rows.slice(0, 8).map(({ kind, question, truth, read, answers }) => ({ kind, question, truth, read, answers })),
  };
}

const bySize = [];
for (const size of sizes) bySize.push(await measured(size));
opened?.dispose();
await text?.dispose();
await free?.dispose();
const nameOf = (folder) => JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')).architectures?.[0];
const result = {
  about:
    'One field of a document of the world (forms, tables, charts, receipts in English, two fields or rows), split test, by ANLS. The text model has learned from perfect print of the split train and sees no picture and no rule.',
  command: `node scripts/documents.mjs --n ${n} --sizes ${sizes.join(',')}${text ? ' --text runs/document-text/model' : ''}${free ? ' --ocr-free FOLDER' : ''}`,
  commit: commitOf(root),
  machine: machine(),
  reader: 'pp-ocrv4',
  ...(text ? { textModel: { architecture: nameOf(values.text), recipe: 'recipes/document-text.ts' } } : {}),
  ...(free ? { ocrFree: { architecture: nameOf(values['ocr-free']) } } : {}),
  sizes: bySize,
};
writeFileSync(values.out, `${JSON.stringify(result, null, 1)}\n`);
for (const { size, arms, ...rest } of bySize)
  for (const [name, { all }] of Object.entries({ ...arms, 'nearest piece of PP-OCRv4': rest['nearest piece of PP-OCRv4'] }))
    console.log(`${size} px  ${name}: ${all.value.toFixed(3)} (${all.low.toFixed(3)} to ${all.high.toFixed(3)}), n ${all.n}`);
