// Following instructions whose constraints code checks, with the strict and loose scores of IFEval (Zhou et al. 2023, arXiv:2311.07911).

import { dirname } from 'node:path';
import { z } from 'zod';
import { type Constraint, constraintSchema, constraintText, satisfies, satisfiesLoosely } from '../../data/constraints/index.js';
import { type BenchFiles, DISK } from '../bench-files.js';
import type { Answered, Benchmark, Score } from '../benchmark.js';
import { ask, drawRows, type FileRow, parseRow } from '../file-benchmark.js';
import type { FileSource } from '../file-rows.js';
import { withoutThinking } from '../reply.js';
import { groupBy, shareOf, unanswered } from '../scores.js';

/** A row of the suite. */
export interface InstructionRow extends FileRow {
  constraints: readonly Constraint[];
}

const schema = z.looseObject({
  id: z.union([z.string(), z.number()]).transform(String).optional(),
  kind: z.string().optional(),
  instruction: z.string().min(1),
  image: z.union([z.string().min(1), z.array(z.string().min(1))]).optional(),
  constraints: z.array(constraintSchema).min(1),
  truth: z.string().optional(),
});
const SHAPE =
  '{"instruction": "…", "image": "….jpg", "constraints": [{"kind": "sentences", "most": 2}, {"kind": "forbidden", "words": ["dog"]}]}';

async function* read(files: BenchFiles, file: string, images: string, signal?: AbortSignal): AsyncGenerator<InstructionRow> {
  let n = 0;
  for await (const record of files.records(file, { signal })) {
    const { id = `line ${++n}`, kind, instruction, image, constraints, truth } = parseRow(schema, record, SHAPE);
    const sources = [image ?? []].flat().map((name) => files.image(images, name, record.place));
    yield {
      id,
      place: record.place,
      kind: kind ?? (constraints.length > 1 ? 'several' : (constraints[0] as Constraint).kind),
      messages: ask(instruction, ...sources),
      truth: truth ?? constraints.map(constraintText).join(' '),
      constraints,
    };
  }
}

/** Instructions in JSON lines: any model, with images or without. Errors: `evaluate.row` names the constraint that is wrong. */
export const instructions = ({ data, images, files = DISK }: FileSource): Benchmark<InstructionRow> => ({
  name: 'instructions',
  title: 'instructions',
  about: 'constraints on format, length, order, words and language that code checks',
  reads: 'JSON lines of instruction and constraints',
  maxTokens: 256,
  rows: (options) => drawRows(data, options, (file) => read(files, file, images ?? dirname(file), options.signal)),
  score(done): Score[] {
    const follows = (row: Answered<InstructionRow>, test: typeof satisfies) =>
      row.constraints.map((constraint) => ({ constraint, held: test(withoutThinking(row.reply).trim(), constraint) }));
    const both = (['strict', 'loose'] as const).map((how) => ({
      how,
      rows: done.map((row) => follows(row, how === 'strict' ? satisfies : satisfiesLoosely)),
    }));
    const kinds = groupBy(
      (both[0]?.rows ?? []).flat().map((one) => ({ ...one, kind: one.constraint.kind })),
      ({ kind }) => kind,
    );
    return [
      ...both.flatMap(({ how, rows }) => [
        shareOf(`instructions, ${how}`, rows, (row) => row.every(({ held }) => held), { note: 'all constraints of the instruction' }),
        shareOf(`constraints, ${how}`, rows.flat(), ({ held }) => held),
      ]),
      ...[...kinds].map(([kind, ones]) => shareOf(`${kind}, strict`, ones, ({ held }) => held, { detail: true })),
      unanswered(done),
    ];
  },
  right: (row) => row.constraints.every((constraint) => satisfies(withoutThinking(row.reply).trim(), constraint)),
});
