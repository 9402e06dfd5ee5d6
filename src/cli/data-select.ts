// `sensorium data select`: the few best rows of a data set, a fair number of each cluster (InstructionGPT-4).

import { type ArgsDef, defineCommand } from 'citty';
import { conversations, formatNamed, indicatorTable, kMeans, lengthIndicator, selectRows } from '../data/index.js';
import { ClipEmbedder } from '../serve/clip-embedder.js';
import { clipIndicator } from '../serve/clip-indicator.js';
import { plural, readArgs, readOptions } from './data-flags.js';
import { numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';

const args = {
  ...readArgs,
  out: { type: 'string', description: 'folder to write (LLaVA JSON)', required: true, valueHint: 'DIR' },
  count: { type: 'string', description: 'rows to keep', default: '200' },
  clip: { type: 'string', description: 'CLIP model that rows are embedded with', default: 'models/world-clip', valueHint: 'MODEL' },
  weights: { type: 'string', description: 'how much indicators count: clip=1,length=0.3', default: 'clip=1,length=0.3' },
  clusters: { type: 'string', description: 'groups of rows that are alike, each of which keeps its share', default: '10' },
  seed: { type: 'string', description: 'of the clusters', default: '0' },
  force: { type: 'boolean', description: 'replace the folder' },
  json: { type: 'boolean', description: 'print the result as JSON' },
} satisfies ArgsDef;

/** `sensorium data select`. */
export const selectCommand = defineCommand({
  meta: { name: 'select', description: 'Keep the few best rows of a data set by CLIP score and length, some of every kind' },
  args,
  async run({ args }) {
    if (args._.length > 1) throw usageError('one data set at a time', { got: args._.join(' ') });
    const count = numberOption('count', args.count, { min: 1, integer: true }) as number;
    const clusters = numberOption('clusters', args.clusters, { min: 1, integer: true }) as number;
    const seed = numberOption('seed', args.seed, { integer: true });
    const weights = weightsOf(args.weights);
    const progress = createProgress();
    const made = await withInterrupt(async (signal) => {
      const data = await conversations(args.path, readOptions(args, progress)).open(signal);
      const embedder = await ClipEmbedder.load(args.clip);
      try {
        const clip = clipIndicator(embedder);
        progress.update({ label: 'scoring', done: 0, total: data.length });
        const table = await indicatorTable(data, [clip, lengthIndicator], signal);
        const { labels } = kMeans(clip.features, Math.min(clusters, data.length), { seed });
        const rows = selectRows(table, { count, labels, weights: table.names.map((name) => weights[name] ?? 0) });
        const chosen = async function* () {
          for (const row of rows) yield await data.get(row);
        };
        await formatNamed('llava').write?.(args.out, chosen(), { force: args.force, signal });
        return { out: args.out, of: data.length, rows: [...rows] };
      } finally {
        await embedder.dispose();
        data.dispose();
      }
    }).finally(() => progress.end());
    process.stdout.write(`${args.json ? JSON.stringify(made) : `kept ${plural(made.rows.length, 'row')} of ${made.of} in ${made.out}`}\n`);
  },
});

const NAMES = ['clip', 'length'];

function weightsOf(text: string): Record<string, number> {
  const entries = text.split(',').map((part) => part.split('='));
  for (const [name = '', value = ''] of entries)
    if (!NAMES.includes(name.trim()) || value.trim() === '' || !Number.isFinite(Number(value)))
      throw usageError('not a weight of an indicator', {
        place: '--weights',
        expected: NAMES.map((known) => `${known}=1`).join(','),
        got: text,
      });
  return Object.fromEntries(entries.map(([name = '', value]) => [name.trim(), Number(value)]));
}
