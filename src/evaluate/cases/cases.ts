// Cases of a study: a picture, what was asked, what was replied, and what a person thinks of it; read, checked and counted.

import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import { parseRow, recordsOf } from '../file-benchmark.js';
import { groupBy } from '../scores.js';
import { type Proportion, proportion } from '../wilson.js';
import type { CaseTemplate } from './templates.js';

/** What a person says of a reply; `open` where nobody has said anything yet. */
export const CASE_VERDICTS = ['right', 'partly', 'wrong', 'open'] as const;
export type CaseVerdict = (typeof CASE_VERDICTS)[number];

/** One case. */
export interface Case {
  category: string;
  /** Path of the picture; of several, in their order. */
  pictures: readonly string[];
  prompt: string;
  reply: string;
  model: string;
  note: string;
  verdict: CaseVerdict;
  /** Where the picture is from, for the page. */
  source: string;
  place: string;
}

const text = z.string().default('');
const schema = z.looseObject({
  category: z.string().min(1),
  picture: z.union([z.string(), z.array(z.string())]).default([]),
  prompt: text,
  reply: text,
  model: text,
  note: text,
  verdict: text,
  source: text,
});
const SHAPE = '{"category": "…", "picture": "1.jpg", "prompt": "…", "reply": "…", "note": "…", "verdict": "right, partly, wrong or empty"}';
/** Cases of a study, which is read by people. */
const MOST = 2000;

/**
 * The cases of a JSON, JSON lines or CSV file. Pictures are looked up beside the file. Errors: `evaluate.row` for a verdict that is none and for what is not
 * a case, `evaluate.images` for pictures that are not there, `evaluate.rows` for none and for more than 2,000.
 */
export async function readCases(file: string, signal?: AbortSignal): Promise<Case[]> {
  const cases: Case[] = [];
  for await (const record of recordsOf(file, { list: 'cases', signal })) {
    const { picture, verdict, ...row } = parseRow(schema, record, SHAPE);
    const { place } = record;
    const said = verdict.trim().toLowerCase() || 'open';
    if (!(CASE_VERDICTS as readonly string[]).includes(said))
      throw new SensoriumError('evaluate.row', 'this is not a verdict', { place, expected: CASE_VERDICTS.join(', '), got: verdict });
    const names = (Array.isArray(picture) ? picture : [picture]).filter((name) => name.trim() !== '');
    const pictures = names.map((name) => resolve(dirname(file), name));
    for (const path of pictures)
      if (
        !(await stat(path).then(
          (info) => info.isFile(),
          () => false,
        ))
      )
        throw new SensoriumError('evaluate.images', 'the picture of a case is not there', { place, expected: 'an image file', got: path });
    const { category, prompt, reply, model, note, source } = row;
    cases.push({ category, pictures, prompt, reply, model, note, source, verdict: said as CaseVerdict, place });
    if (cases.length > MOST) break;
  }
  if (cases.length === 0 || cases.length > MOST)
    throw new SensoriumError('evaluate.rows', 'a study has some cases', {
      place: file,
      expected: `1 to ${MOST}`,
      got: String(cases.length),
    });
  return cases;
}

/** How the cases of one category came out. */
export interface CaseCount {
  category: string;
  counts: Readonly<Record<CaseVerdict, number>>;
  /** Right ones among those with a verdict. */
  right: Proportion;
}

/** Counts by category, in the order of the cases, and of all. Cases are chosen by hand: the shares describe them and nothing else. */
export function countCases(cases: readonly Case[]): CaseCount[] {
  const count = (category: string, own: readonly Case[]): CaseCount => {
    const of = (verdict: CaseVerdict): number => own.filter((one) => one.verdict === verdict).length;
    const counts = { right: of('right'), partly: of('partly'), wrong: of('wrong'), open: of('open') };
    return { category, counts, right: proportion(counts.right, own.length - counts.open) };
  };
  return [...[...groupBy(cases, ({ category }) => category)].map(([category, own]) => count(category, own)), count('all', cases)];
}

/** A file to begin with: a case for each prompt of a template, to be given pictures. */
export const emptyCases = ({ sections }: CaseTemplate): Record<string, string>[] =>
  sections.flatMap(({ category, prompts }) =>
    prompts.map((prompt) => ({ category, picture: '', prompt, reply: '', model: '', note: '', verdict: '', source: '' })),
  );
