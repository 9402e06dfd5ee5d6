// The words of a program: names, numbers, strings, signs, line ends and indents, each with its place.

import { type Place, programError } from './syntax.js';

/** A word of a program. `indent` and `dedent` open and close blocks; `end` is the end of the text. */
export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'format' | 'sign' | 'line' | 'indent' | 'dedent' | 'end';
  readonly text: string;
  readonly at: Place;
}

const SIGNS = ['//', '+=', '-=', '==', '!=', '<=', '>=', '->', ...'+-*/%<>=()[]{}.,:'];
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\', "'": "'", '"': '"' };

/** The words of a text. `blocks`: indents count, as in Python; `variables`: `{NAME}` is a name, as in VisProg's EVAL. `from`: place of the text. */
export function tokensOf(
  source: string,
  { blocks = false, from = { line: 1, column: 1 } }: { blocks?: boolean; from?: Place } = {},
): Token[] {
  const out: Token[] = [];
  const indents = [0];
  const brackets: Place[] = []; // that are open: line ends inside them do not count
  const lines = source.replaceAll('\r\n', '\n').split('\n');
  for (const [i, text] of lines.entries()) {
    const line = from.line + i;
    const first = i === 0 ? from.column : 1;
    const place = (c: number): Place => ({ line, column: c + first });
    let c = 0;
    const content = text.trimStart();
    if (content === '' || content.startsWith('#')) continue;
    if (blocks && brackets.length === 0) {
      const width = text.length - content.length;
      if (text.slice(0, width).includes('\t')) throw programError('indents are spaces', place(0), { got: 'a tab' });
      if (width > (indents.at(-1) as number)) {
        indents.push(width);
        out.push({ kind: 'indent', text: '', at: place(width) });
      }
      while (width < (indents.at(-1) as number)) {
        indents.pop();
        out.push({ kind: 'dedent', text: '', at: place(width) });
      }
      if (width !== indents.at(-1))
        throw programError('this line is indented like none before it', place(width), {
          expected: `${indents.at(-1)} spaces`,
          got: `${width}`,
        });
    }
    while (c < text.length) {
      const rest = text.slice(c);
      const space = /^\s+/.exec(rest);
      if (space) {
        c += space[0].length;
        continue;
      }
      if (rest.startsWith('#')) break;
      const at = place(c);
      const string = /^(f?)(['"])/.exec(rest);
      const word = /^[A-Za-z_]\w*/.exec(rest)?.[0];
      const number = /^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/.exec(rest)?.[0];
      const sign = SIGNS.find((one) => rest.startsWith(one));
      if (string) {
        const { value, length } = stringAt(rest, string[1] === 'f' ? 1 : 0, at);
        out.push({ kind: string[1] === 'f' ? 'format' : 'string', text: value, at });
        c += length;
      } else if (word) {
        out.push({ kind: 'name', text: word, at });
        c += word.length;
      } else if (number) {
        out.push({ kind: 'number', text: number, at });
        c += number.length;
      } else if (sign) {
        if ('([{'.includes(sign)) brackets.push(at);
        if (')]}'.includes(sign)) brackets.pop();
        out.push({ kind: 'sign', text: sign, at });
        c += sign.length;
      } else throw programError('this sign has no meaning in a program', at, { got: JSON.stringify(rest[0]) });
    }
    if (brackets.length === 0) out.push({ kind: 'line', text: '', at: place(text.length) });
  }
  const at = { line: from.line + lines.length - 1, column: (lines.at(-1)?.length ?? 0) + 1 };
  const [unclosed] = brackets.slice(-1);
  if (unclosed) throw programError('a bracket is not closed', unclosed, { expected: 'a closing bracket', got: 'the end of the program' });
  for (; indents.length > 1; indents.pop()) out.push({ kind: 'dedent', text: '', at });
  out.push({ kind: 'end', text: '', at });
  return out;
}

/** A string in quotes from `from` on. Format strings keep their escapes of braces. */
function stringAt(text: string, from: number, at: Place): { value: string; length: number } {
  const quote = text[from] as string;
  let value = '';
  for (let i = from + 1; i < text.length; i++) {
    const letter = text[i] as string;
    if (letter === quote) return { value, length: i + 1 };
    if (letter !== '\\') value += letter;
    else {
      const escaped = ESCAPES[text[++i] as string];
      if (escaped === undefined)
        throw programError('this escape is not known', { ...at, column: at.column + i - 1 }, { expected: '\\n, \\t, \\\\, \\\' or \\"' });
      value += escaped;
    }
  }
  throw programError('a text in quotes does not end on its line', at, { expected: quote });
}
