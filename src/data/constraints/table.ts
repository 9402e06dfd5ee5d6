// Constraints on replies that code can check: one row each, with its parameters, its check and its words. Instructions are data made of them.

import { z } from 'zod';

/** A kind of constraint: what it takes, whether a text satisfies it, and how an instruction says it. */
interface ConstraintRow<P> {
  params: z.ZodType<P>;
  holds(text: string, params: P): boolean;
  says(params: P): string;
}

const row = <P>(params: z.ZodType<P>, holds: (text: string, p: P) => boolean, says: (p: P) => string): ConstraintRow<P> => ({
  params,
  holds,
  says,
});

const words = (text: string): string[] => text.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? [];
/** Sentences: stretches that end in a mark of Latin or Chinese script, or at the end; a point inside a number ends none. */
export const sentences = (text: string): string[] =>
  (text.match(/(?:[^.!?。！？\n]|[.](?=\d))+[.!?。！？]*/g) ?? []).filter((part) => words(part).length > 0);
const folded = (text: string): string => text.toLowerCase().normalize('NFC');
/** Places of a word or phrase as a whole, in any case; phrases of scripts without spaces anywhere. */
function placesOf(text: string, wanted: string): number[] {
  const literal = folded(wanted).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const spaced = /^[\p{Script=Latin}\p{N}]/u.test(wanted);
  const pattern = spaced ? `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])` : literal;
  return Array.from(folded(text).matchAll(new RegExp(pattern, 'gu')), ({ index }) => index);
}
/** The JSON value of a text, also in a fence of Markdown; undefined where there is none. */
function jsonOf(text: string): unknown {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/i.exec(text);
  try {
    return JSON.parse(fenced?.[1] ?? text);
  } catch {
    return undefined; // not JSON: that is what is asked
  }
}

const range = z
  .strictObject({ least: z.number().int().nonnegative().optional(), most: z.number().int().nonnegative().optional() })
  .refine(({ least, most }) => least !== undefined || most !== undefined, 'least, most or both');
type Range = z.infer<typeof range>;
const within = (n: number, { least = 0, most = Infinity }: Range): boolean => n >= least && n <= most;
const rangeText = ({ least, most }: Range, unit: string): string => {
  const units = (n: number): string => `${n} ${unit}${n === 1 ? '' : 's'}`;
  if (least === most) return `exactly ${units(least as number)}`;
  if (most === undefined) return `at least ${units(least as number)}`;
  return least === undefined ? `at most ${units(most)}` : `between ${least} and ${units(most)}`;
};
const quoted = (all: readonly string[]): string => all.map((one) => `"${one}"`).join(', ');
const list = z.strictObject({ words: z.array(z.string().min(1)).min(1) });
const textual = z.strictObject({ text: z.string().min(1) });
const none: z.ZodType<unknown> = z.strictObject({});

const HAN = /\p{Script=Han}/gu;
const LATIN = /\p{Script=Latin}/gu;
const shareOf = (text: string, script: RegExp): number =>
  (text.match(script)?.length ?? 0) / Math.max(1, text.match(/\p{L}/gu)?.length ?? 0);

/** Every kind by its name. A further kind is a further row. */
export const CONSTRAINTS = {
  words: row(
    range,
    (text, p) => within(words(text).length, p),
    (p) => `Use ${rangeText(p, 'word')}.`,
  ),
  sentences: row(
    range,
    (text, p) => within(sentences(text).length, p),
    (p) => `Use ${rangeText(p, 'sentence')}.`,
  ),
  paragraphs: row(
    range,
    (text, p) => within(text.split(/\n\s*\n/).filter((part) => part.trim() !== '').length, p),
    (p) => `Use ${rangeText(p, 'paragraph')}, with an empty line between.`,
  ),
  bullets: row(
    range,
    (text, p) => within(text.match(/^\s*[-*•] +\S/gm)?.length ?? 0, p),
    (p) => `Use ${rangeText(p, 'bullet point')} that begin with "- ".`,
  ),
  items: row(
    range,
    (text, p) => within(text.split(/[,，、]/).filter((part) => words(part).length > 0).length, p),
    (p) => `Give ${rangeText(p, 'item')} separated by commas and nothing else.`,
  ),
  contains: row(
    list,
    (text, p) => p.words.every((word) => placesOf(text, word).length > 0),
    (p) => `Use the words ${quoted(p.words)}.`,
  ),
  forbidden: row(
    list,
    (text, p) => p.words.every((word) => placesOf(text, word).length === 0),
    (p) => `Do not use the words ${quoted(p.words)}.`,
  ),
  times: row(
    z.strictObject({
      word: z.string().min(1),
      least: z.number().int().nonnegative().optional(),
      most: z.number().int().nonnegative().optional(),
    }),
    (text, { word, ...p }) => within(placesOf(text, word).length, p),
    ({ word, ...p }) => `Use the word "${word}" ${rangeText(p, 'time')}.`,
  ),
  order: row(
    list,
    (text, p) => {
      const places = p.words.map((word) => placesOf(text, word)[0] ?? -1);
      return places.every((place, i) => place >= 0 && (i === 0 || place > (places[i - 1] as number)));
    },
    (p) => `Name ${quoted(p.words)} in this order.`,
  ),
  starts: row(
    textual,
    (text, p) => folded(text.trimStart()).startsWith(folded(p.text)),
    (p) => `Begin with "${p.text}".`,
  ),
  ends: row(
    textual,
    (text, p) => folded(text.trimEnd()).endsWith(folded(p.text)),
    (p) => `End with "${p.text}".`,
  ),
  lowercase: row(
    none,
    (text) => text === text.toLowerCase(),
    () => 'Use small letters only.',
  ),
  uppercase: row(
    none,
    (text) => text === text.toUpperCase(),
    () => 'Use capital letters only.',
  ),
  without: row(
    textual,
    (text, p) => !text.includes(p.text),
    (p) => `Do not use the character "${p.text}".`,
  ),
  language: row(
    z.strictObject({ is: z.enum(['en', 'zh']) }),
    (text, p) => (p.is === 'zh' ? shareOf(text, HAN) >= 0.5 : shareOf(text, LATIN) >= 0.9),
    (p) => `Reply in ${p.is === 'zh' ? 'Chinese' : 'English'}.`,
  ),
  json: row(
    z.strictObject({ keys: z.array(z.string().min(1)).optional() }),
    (text, { keys = [] }) => {
      const value = jsonOf(text);
      if (value === undefined) return false;
      return (
        keys.length === 0 || (typeof value === 'object' && value !== null && !Array.isArray(value) && keys.every((key) => key in value))
      );
    },
    ({ keys }) => `Reply in JSON${keys ? ` with the keys ${quoted(keys)}` : ''} and nothing else.`,
  ),
  quotes: row(
    none,
    (text) => /^\s*["“][\s\S]*["”]\s*$/.test(text),
    () => 'Put the whole reply in double quotes.',
  ),
} as const;

export type ConstraintKind = keyof typeof CONSTRAINTS;
/** A constraint as data: its kind, and its parameters beside it. */
export type Constraint = {
  [K in ConstraintKind]: { kind: K } & ((typeof CONSTRAINTS)[K] extends ConstraintRow<infer P> ? P : never);
}[ConstraintKind];

/** Constraints in rows of files. */
export const constraintSchema = z.looseObject({ kind: z.string() }).transform((value, context): Constraint => {
  const { kind, ...params } = value;
  const found = (CONSTRAINTS as unknown as Record<string, ConstraintRow<unknown> | undefined>)[kind];
  if (!found) {
    context.addIssue({ code: 'custom', path: ['kind'], message: `one of ${Object.keys(CONSTRAINTS).join(', ')}` });
    return z.NEVER;
  }
  const parsed = found.params.safeParse(params);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) context.addIssue({ code: 'custom', path: issue.path, message: issue.message });
    return z.NEVER;
  }
  return { kind, ...(parsed.data as object) } as Constraint;
});

const split = ({ kind, ...params }: Constraint): [ConstraintRow<unknown>, unknown] => [
  CONSTRAINTS[kind] as unknown as ConstraintRow<unknown>,
  params,
];

/** Whether a text satisfies a constraint. An empty reply satisfies none, as in IFEval. */
export function satisfies(text: string, constraint: Constraint): boolean {
  const [found, params] = split(constraint);
  return text.trim() !== '' && found.holds(text, params);
}

/** A constraint in words. */
export function constraintText(constraint: Constraint): string {
  const [found, params] = split(constraint);
  return found.says(params);
}

/**
 * The texts that count in loose scores (IFEval, Zhou et al. 2023, section 2.2): the reply, without its first line, without its last, without both, each also
 * without asterisks.
 */
export function looseForms(text: string): string[] {
  const lines = text.split('\n');
  const cut = [text, lines.slice(1).join('\n').trim(), lines.slice(0, -1).join('\n').trim(), lines.slice(1, -1).join('\n').trim()];
  return [...cut, ...cut.map((one) => one.replaceAll('*', ''))];
}

/** Whether a reply satisfies a constraint in any of its loose forms. */
export const satisfiesLoosely = (text: string, constraint: Constraint): boolean =>
  looseForms(text).some((form) => satisfies(form, constraint));
