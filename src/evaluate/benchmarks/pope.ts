// POPE as published (Li et al. 2023): JSON lines of a question, an image file and a label, and the folder of the images.

import { basename, dirname, extname } from 'node:path';
import { z } from 'zod';
import { jsonRows } from '../../data/json-rows.js';
import { SensoriumError } from '../../util/errors.js';
import type { Benchmark } from '../benchmark.js';
import { checkImages, drawIndices, type FileSource, imagePath } from '../file-rows.js';
import { NEGATIVES, type PopeRow, popeRight, popeScoreList } from '../pope.js';

const answer = z
  .string()
  .trim()
  .toLowerCase()
  .pipe(z.enum(['yes', 'no']));
const probe = z.object({ image: z.string().min(1), text: z.string().min(1), label: answer });

/**
 * All rows of `coco_pope_random.json`, `…_popular.json`, `…_adversarial.json` or others like them; each file is a kind of its own.
 * Errors: `data.read` for a file that is not JSON lines; `evaluate.row` for a wrong row; `evaluate.images` for images that are not there.
 */
export const pope = ({ data, images }: FileSource): Benchmark<PopeRow> => ({
  name: 'pope',
  title: 'POPE',
  about: 'yes/no probes for objects',
  maxTokens: 24,
  async *rows({ n, seed, signal }) {
    const sampler = (file: string) => NEGATIVES.find((name) => basename(file).includes(name));
    for (const file of data) {
      const alone = data.filter((other) => sampler(other) === sampler(file)).length === 1;
      const kind = (alone && sampler(file)) || basename(file, extname(file));
      const rows: (PopeRow & { path: string; place: string })[] = [];
      for await (const { value, line } of jsonRows(file, { signal })) {
        const place = `${file}, line ${line}`;
        const { success, data: row, error } = probe.safeParse(value);
        if (!success) throw wrongRow(place, error.issues[0]);
        const path = imagePath(images ?? dirname(file), row.image, place);
        const content = [
          { type: 'image' as const, source: path },
          { type: 'text' as const, text: row.text },
        ];
        rows.push({ kind, messages: [{ role: 'user', content }], truth: row.label, path, place });
      }
      const drawn = drawIndices(rows.length, { n, seed, kind }).map((i) => rows[i] as (typeof rows)[number]);
      await checkImages(drawn, file);
      yield* drawn;
    }
  },
  score: popeScoreList,
  right: popeRight,
});

function wrongRow(place: string, issue: z.core.$ZodIssue | undefined): SensoriumError {
  return new SensoriumError('evaluate.row', 'this is not a row of POPE', {
    place,
    expected: '{"image": "….jpg", "text": "Is there …?", "label": "yes" or "no"}',
    got: `${issue?.path.join('.')}: ${issue?.message}`,
  });
}
