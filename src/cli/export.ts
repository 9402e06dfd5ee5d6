// `sensorium export MODEL --to FORMAT --out FOLDER`: a model in the layout of another program.

import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import type { BrowserWeights, ExportReport, GgufWeights, OnnxPrecision } from '../weights/export/index.js';
import { fetchModel } from './fetch-model.js';
import { choiceOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';

const FORMATS = ['hf', 'transformers-js', 'gguf', 'browser'] as const;
const WEIGHTS: readonly GgufWeights[] = ['f32', 'f16', 'q8_0', 'q4_0'];
const PRECISIONS: readonly OnnxPrecision[] = ['fp32', 'q8', 'int8', 'q4'];

/** What a run of `export` needs. */
export interface ExportCommandOptions {
  model: string;
  to: (typeof FORMATS)[number];
  out: string;
  /** GGUF. */
  weights?: GgufWeights;
  /** transformers.js. */
  precisions?: readonly OnnxPrecision[];
  signal?: AbortSignal;
}

/** Writes the folder. */
export async function exportModel({ model, to, out, weights, precisions, signal }: ExportCommandOptions): Promise<ExportReport> {
  const { exportBrowser, exportGguf, exportHuggingFace, exportTransformersJs } = await import('../weights/export/index.js'); // not for --help
  const dir = await fetchModel(model, { signal });
  if (to === 'gguf') return exportGguf(dir, out, { weights, signal });
  if (to === 'browser') return exportBrowser(dir, out, { weights: weights as BrowserWeights, signal });
  return to === 'hf' ? exportHuggingFace(dir, out, { signal }) : exportTransformersJs(dir, out, { precisions, signal });
}

/** `q4,q8` as a list. */
export function precisionList(text: string | undefined): OnnxPrecision[] | undefined {
  if (text === undefined) return undefined;
  return [...new Set(text.split(',').map((part) => choiceOption('precision', part.trim(), PRECISIONS) as OnnxPrecision))];
}

export default defineCommand({
  meta: { name: 'export', description: 'Write a model in the layout of another program' },
  args: {
    model: { type: 'positional', description: 'folder, or name of a model of the package or the hub', required: true, valueHint: 'MODEL' },
    to: {
      type: 'string',
      description: 'hf (transformers), transformers-js, gguf (llama.cpp) or browser (sensorium/web)',
      valueHint: 'FORMAT',
    },
    out: { type: 'string', description: 'a new or empty folder', valueHint: 'FOLDER' },
    weights: {
      type: 'string',
      description: 'gguf: f32, f16, q8_0 or q4_0 (default: f16); browser: f16 or f32 (default: as they are)',
      valueHint: 'TYPE',
    },
    precision: { type: 'string', description: 'transformers-js: any of fp32,q8,int8,q4 (default: fp32)', valueHint: 'LIST' },
    json: { type: 'boolean', description: 'the written files as JSON' },
  },
  async run({ args }) {
    const to = choiceOption('to', args.to, FORMATS);
    if (to === undefined) throw usageError('which format?', { place: '--to', expected: FORMATS.join(', ') });
    if (!args.out) throw usageError('which folder?', { place: '--out', expected: 'a new or empty folder' });
    const weights = choiceOption('weights', args.weights, WEIGHTS);
    const precisions = precisionList(args.precision);
    if (weights && to !== 'gguf' && to !== 'browser')
      throw usageError('this option is for --to gguf and --to browser', { place: '--weights' });
    if (to === 'browser') choiceOption('weights', args.weights, ['f32', 'f16']);
    if (precisions && to !== 'transformers-js') throw usageError('this option is for --to transformers-js', { place: '--precision' });
    if (args._.length > 1) throw usageError('one model is exported at a time', { got: args._.join(' ') });
    const { model, out } = args;
    const report = await withInterrupt((signal) => exportModel({ model, to, out, weights, precisions, signal }));
    if (args.json) process.stdout.write(`${JSON.stringify({ folder: resolve(out), ...report })}\n`);
    else process.stdout.write(`${report.files.join('\n')}\n\nWritten to ${out}\n${report.notes.map((note) => `Note: ${note}\n`).join('')}`);
  },
});
