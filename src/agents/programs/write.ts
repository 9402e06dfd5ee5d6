// Programs of questions that are understood: a tree of phrases becomes VisProg's lines.

import type { Composition, Direction, Half, Things } from '../../world/index.js';
import { wordsOf } from '../../world/index.js';

/** Things as words: the phrase that LOC is given, and where they are. */
export interface Phrases {
  phrase: string;
  half?: Half;
  relation?: { direction: Direction; of: Phrases };
}

/** What a question asks of one or two kinds of things. */
export interface Asked {
  kind: Composition['kind'];
  a: Phrases;
  b?: Phrases;
}

const CROPS: Readonly<Record<Direction, string>> = { left: 'CROP_LEFTOF', right: 'CROP_RIGHTOF', above: 'CROP_ABOVE', below: 'CROP_BELOW' };

/** The last line but one of each kind; `a` and `b` are the counts. */
const ENDS: Readonly<Record<Asked['kind'], string>> = {
  count: '',
  total: '{a} + {b}',
  exist: "'yes' if {a} > 0 else 'no'",
  more: "'yes' if {a} > {b} else 'no'",
  fewer: "'yes' if {a} < {b} else 'no'",
  equal: "'yes' if {a} == {b} else 'no'",
  and: "'yes' if {a} > 0 and {b} > 0 else 'no'",
  or: "'yes' if {a} > 0 or {b} > 0 else 'no'",
  but: "'yes' if {a} > 0 and {b} == 0 else 'no'",
};

/** A text as an argument in quotes. */
export const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', ' ')}'`;

/** Writes the lines of a program, numbering its steps. */
export class ProgramWriter {
  readonly lines: string[] = [];
  private readonly counts = new Map<string, number>();

  /** A line; gives the name of its step, such as BOX0. */
  step(prefix: 'BOX' | 'IMAGE' | 'OBJ' | 'ANSWER' | 'LIST', module: string, args: Readonly<Record<string, string>>): string {
    const count = this.counts.get(prefix) ?? 0;
    this.counts.set(prefix, count + 1);
    const name = `${prefix}${count}`;
    this.lines.push(
      `${name}=${module}(${Object.entries(args)
        .map(([key, value]) => `${key}=${value}`)
        .join(',')})`,
    );
    return name;
  }

  /** The boxes of things. */
  boxes({ phrase, half, relation }: Phrases, image = 'IMAGE'): string {
    let within = image;
    if (half !== undefined)
      within = this.step('IMAGE', 'CROP', { image, box: this.step('BOX', 'LOC', { image, object: `'${half.toUpperCase()}'` }) });
    if (relation) within = this.step('IMAGE', CROPS[relation.direction], { image: within, box: this.boxes(relation.of, image) });
    return this.step('BOX', 'LOC', { image: within, object: quoted(phrase) });
  }

  /** The number of things. */
  count(things: Phrases): string {
    const box = this.boxes(things);
    return this.step('ANSWER', 'COUNT', { box });
  }

  /** The whole program, which ends with a step. */
  program(result: string): string {
    return [...this.lines, `FINAL_RESULT=RESULT(var=${result})`].join('\n');
  }
}

/** The program of a question. */
export function programOf({ kind, a, b }: Asked): string {
  const writer = new ProgramWriter();
  const first = writer.count(a);
  const second = b && writer.count(b);
  const end = ENDS[kind].replaceAll('{a}', `{${first}}`).replaceAll('{b}', `{${second}}`);
  return writer.program(end === '' ? first : writer.step('ANSWER', 'EVAL', { expr: `"${end}"` }));
}

/** Things of the scene world as phrases. */
const phrasesOf = ({ half, relation, ...things }: Things): Phrases => ({
  phrase: wordsOf(things, false),
  ...(half === undefined ? {} : { half }),
  ...(relation ? { relation: { direction: relation.direction, of: phrasesOf(relation.of) } } : {}),
});

/** The program of a compositional question of the scene world: what a planner is taught. */
export const programOfTree = (tree: Composition): string =>
  programOf({ kind: tree.kind, a: phrasesOf(tree.a), ...('b' in tree ? { b: phrasesOf(tree.b) } : {}) });
