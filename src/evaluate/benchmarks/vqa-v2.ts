// VQAv2 (Goyal et al. 2017), and OK-VQA in the same form: a file of questions and a file of ten answers to each.

import { dirname } from 'node:path';
import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import { DISK } from '../bench-files.js';
import type { Benchmark } from '../benchmark.js';
import { drawRows, editionOf, parseRow } from '../file-benchmark.js';
import type { FileSource } from '../file-rows.js';
import { vqaConsensus } from '../metrics/vqa.js';
import { withParts } from '../scores.js';
import { askShort, consensusScores, type ShortRow } from '../short-answers.js';
import { wrongFile } from '../wrong-file.js';

const id = z.union([z.string(), z.number()]).transform(String);
const questions = z.looseObject({
  data_subtype: z.string().optional(),
  questions: z.array(z.object({ question_id: id, image_id: z.number().int(), question: z.string().min(1) })),
});
const annotations = z.looseObject({
  annotations: z.array(
    z.object({ question_id: id, answer_type: z.string().optional(), answers: z.array(z.object({ answer: z.string() })).min(2) }),
  ),
});
const SHAPES = {
  questions: '{"data_subtype": "val2014", "questions": [{"question_id": 1, "image_id": 42, "question": "…"}]}',
  annotations: '{"annotations": [{"question_id": 1, "answer_type": "other", "answers": [{"answer": "…"}]}]}',
};

/** COCO's name of an image, with the folder name that the images of other splits have in front. */
const fileName = (split: string, image: number): string => `COCO_${split}_${String(image).padStart(12, '0')}.jpg`;

/** `--data QUESTIONS.json,ANNOTATIONS.json` with the folder of COCO's images. Errors: `evaluate.row`, `evaluate.images`. */
export const vqaV2 = ({ data, images, files = DISK }: FileSource): Benchmark<ShortRow> => ({
  name: 'vqav2',
  title: 'VQAv2',
  about: 'questions with ten answers of people each',
  reads: 'questions and annotations, two files',
  maxTokens: 24,
  async *rows(options) {
    const read = await Promise.all(data.map(async (file) => ({ file, value: await files.json<Record<string, unknown> | null>(file) })));
    const asked = read.find(({ value }) => Array.isArray(value?.questions));
    const answered = read.find(({ value }) => Array.isArray(value?.annotations));
    if (!asked || !answered || read.length !== 2)
      throw new SensoriumError('evaluate.row', 'questions and annotations are two files', {
        place: data.join(', '),
        expected: `${SHAPES.questions} and ${SHAPES.annotations}`,
        got: asked ? 'no annotations' : 'no questions',
        hint: 'Give both: --data v2_OpenEnded_mscoco_val2014_questions.json,v2_mscoco_val2014_annotations.json',
      });
    const { questions: list, data_subtype: split = 'val2014' } = parseRow(
      questions,
      { value: asked.value, place: asked.file },
      SHAPES.questions,
    );
    const truths = new Map(
      parseRow(annotations, { value: answered.value, place: answered.file }, SHAPES.annotations).annotations.map((item) => [
        item.question_id,
        item,
      ]),
    );
    const edition = editionOf(asked.value);
    const folder = images ?? dirname(asked.file);
    yield* drawRows([asked.file], options, function* (file): Generator<ShortRow> {
      for (const [i, { question_id, image_id, question }] of list.entries()) {
        const place = `${file}, questions[${i}]`;
        const truth = truths.get(question_id);
        if (!truth)
          throw wrongFile(place, 'answers to every question', `none to question ${question_id}`, 'Are the two files of one split?');
        const answers = truth.answers.map(({ answer }) => answer);
        const messages = askShort(question, files.image(folder, fileName(split, image_id), place));
        yield { id: question_id, place, kind: truth.answer_type ?? 'all', messages, truth: commonest(answers), answers, ...edition };
      }
    });
  },
  score: (done) => withParts(done, consensusScores, (rows) => consensusScores(rows).slice(0, 1)),
  right: ({ reply, answers }) => vqaConsensus(reply, answers) >= 0.5,
});

/** The answer that most people give; of several the first. */
export function commonest(answers: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return [...counts].reduce((best, other) => (other[1] > best[1] ? other : best), ['', 0] as [string, number])[0];
}
