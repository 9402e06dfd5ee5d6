// `sensorium detect IMAGE`: the objects and the printed text of a photograph, with their boxes.

import { type ArgsDef, defineCommand } from 'citty';
import { openImage } from '../media/image.js';
import { openDetector, openReader } from '../trust/experts/open.js';
import type { ReadLine } from '../trust/reader.js';
import type { TruthBox } from '../trust/truth.js';
import type { Detection } from '../trust/verifier.js';
import { writeAtomic } from '../util/fs.js';
import { drawBoxes } from './draw-boxes.js';
import { numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { alignColumns } from './score-table.js';

/** A box as whole pixels. */
export const shownBox = (box: TruthBox): string => `[${box.map((v) => Math.round(v)).join(', ')}]`;

/** What was found as aligned lines. */
export function detectionLines(objects: readonly Detection[], lines: readonly ReadLine[]): string {
  const rows = [
    ...objects.map(({ label, score, box, doubt }) => [label, score.toFixed(2), shownBox(box), doubt ? 'another label is as likely' : '']),
    ...lines.map(({ text, score, box }) => [`"${text}"`, score.toFixed(2), shownBox(box), '']),
  ];
  return rows.length > 0 ? alignColumns(rows) : 'nothing was found';
}

const detectArgs = {
  image: { type: 'positional', description: 'an image file', required: false, valueHint: 'IMAGE' },
  detector: { type: 'string', description: 'nanodet, centernet, both or blazeface (faces) (default: both)', valueHint: 'NAME' },
  threshold: { type: 'string', description: 'least score that is shown (default: that of the detector)', valueHint: 'P' },
  ocr: { type: 'boolean', description: 'also read printed text; alone, with --no-objects, only that' },
  objects: { type: 'boolean', description: 'find objects', default: true },
  draw: { type: 'string', description: 'write the image with its boxes as a PNG', valueHint: 'FILE' },
  json: { type: 'boolean', description: 'print one JSON object' },
} satisfies ArgsDef;

export default defineCommand({
  meta: { name: 'detect', description: 'Find the objects and the printed text of a photograph (first: sensorium assets get)' },
  args: detectArgs,
  async run({ args }) {
    const [source, ...more] = args._;
    if (source === undefined || more.length > 0)
      throw usageError(source === undefined ? 'no image is named' : 'one image at a time', { expected: 'sensorium detect IMAGE' });
    if (!args.objects && !args.ocr) throw usageError('nothing to look for', { expected: '--ocr beside --no-objects' });
    const least = numberOption('threshold', args.threshold, { min: 0, max: 1 });
    await withInterrupt(async (signal) => {
      const image = await openImage(source, {}, signal);
      const part = { type: 'image', source: image } as const;
      const detector = args.objects ? await openDetector(args.detector ?? 'both') : undefined;
      const reader = args.ocr ? await openReader() : undefined;
      try {
        const threshold = least ?? detector?.verdicts.threshold ?? 0;
        const objects = ((await detector?.detect(part, { signal })) ?? []).filter(({ score }) => score >= threshold);
        const reading = await reader?.read(part, { signal });
        const lines = reading?.lines ?? [];
        if (args.draw) {
          const boxes = [
            ...objects.map(({ label, score, box }) => ({ label: `${label} ${score.toFixed(2)}`, box })),
            ...lines.map(({ text, box }) => ({ label: text, box })),
          ];
          await writeAtomic(args.draw, await drawBoxes(image, boxes));
        }
        const result = {
          image: source,
          width: image.width,
          height: image.height,
          ...(detector ? { detector: detector.name, objects } : {}),
          ...(reading ? { lines, unread: reading.unread } : {}),
        };
        process.stdout.write(`${args.json ? JSON.stringify(result) : detectionLines(objects, lines)}\n`);
      } finally {
        detector?.dispose();
        reader?.dispose();
      }
    });
  },
});
