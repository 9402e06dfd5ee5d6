// `sensorium merge BASE ADAPTER --out DIR`: a model with an adapter worked into its weights, as a folder of its own.

import { defineCommand } from 'citty';
import { fetchAdapters, fetchModel } from './fetch-model.js';
import { choiceOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';

const DTYPES = ['original', 'float32', 'float16', 'bfloat16'] as const;

export default defineCommand({
  meta: { name: 'merge', description: 'Write a model with an adapter worked into its weights' },
  args: {
    base: { type: 'positional', description: 'folder or name of a model; an adapter alone names its base itself', required: true },
    adapter: { type: 'positional', description: "adapters in peft's layout, folders or hub ids, merged in this order", required: false },
    out: { type: 'string', description: 'a new or empty folder, or a model to replace', valueHint: 'DIR' },
    dtype: { type: 'string', description: `of the weights: ${DTYPES.join(', ')}`, default: 'original', valueHint: 'TYPE' },
    json: { type: 'boolean', description: 'print what was done as JSON' },
  },
  async run({ args }) {
    const { out } = args;
    if (!out) throw usageError('there is no place for the result', { place: '--out', expected: 'a folder' });
    const dtype = choiceOption('dtype', args.dtype, DTYPES);
    const [name = '', ...adapters] = args._;
    await withInterrupt(async (signal) => {
      const { mergeModel } = await import('../model/index.js'); // not for --help
      const folders = await fetchAdapters(adapters, { signal });
      const done = await mergeModel(await fetchModel(name, { signal }), out, { adapters: folders, dtype, signal });
      const saved = done.saved > 0 ? `, ${done.saved} modules replaced` : '';
      process.stdout.write(args.json ? `${JSON.stringify(done)}\n` : `${out}: ${done.layers} layers of ${done.base} merged${saved}\n`);
    });
  },
});
