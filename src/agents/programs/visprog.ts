// VisProg's form (Gupta and Kembhavi 2023): a line for each step, `BOX0=LOC(image=IMAGE,object='cup')`, and FINAL_RESULT at the end.

import { parseExpression, Reader } from './expressions.js';
import { type Argument, MAX_PROGRAM, type Program, programError, type Statement } from './syntax.js';
import { tokensOf } from './tokens.js';
import type { Type } from './types.js';

/** The name of the last step. */
export const FINAL = 'FINAL_RESULT';
/** Lines of a program at most. */
const MAX_LINES = 200;

/** What a program of lines is given: the image, or with several LEFT and RIGHT (NLVR) or IMAGE and IMAGE2, IMAGE3, …; tests may name others. */
export const visprogInputs = (images: number): { name: string; type: Type }[] =>
  Array.from({ length: Math.max(1, images) }, (_, i) => ({ name: i === 0 ? 'IMAGE' : `IMAGE${i + 1}`, type: 'image' as const }));

/**
 * Parses a program of lines. Arguments have names; their values are variables, texts in quotes and numbers. The text of EVAL is parsed as an
 * expression in which `{NAME}` is a variable. Errors: `agent.program` with line and column.
 */
export function parseVisprog(source: string, inputs: readonly { name: string; type: Type }[] = visprogInputs(1)): Program {
  if (source.length > MAX_PROGRAM)
    throw programError(
      'the program is too long',
      { line: 1, column: 1 },
      { expected: `at most ${MAX_PROGRAM} characters`, got: `${source.length}` },
    );
  const reader = new Reader(tokensOf(source));
  const body: Statement[] = [];
  while (reader.next.kind !== 'end') {
    const { text: name, at } = reader.name('the name of a step');
    reader.expect('=', name);
    const module = reader.name('the name of a module');
    const args = reader.args().map((arg) => checked(arg, module.text));
    reader.endLine();
    if (body.length === MAX_LINES) throw programError('the program has too many steps', at, { expected: `at most ${MAX_LINES}` });
    body.push({ kind: 'assign', name, value: { kind: 'call', name: module.text, args, at: module.at }, at });
  }
  const last = body.at(-1);
  if (last?.kind !== 'assign' || last.name !== FINAL)
    throw programError('the program has no result', reader.next.at, {
      expected: `${FINAL}=RESULT(var=…) as the last line`,
      got: last?.kind === 'assign' ? `${last.name}=…` : 'no lines',
    });
  return { form: 'visprog', inputs, body, source };
}

/** An argument of a line: named, and without calls or operators, which only EVAL has. */
function checked(arg: Argument, module: string): Argument {
  const { name, value, at } = arg;
  if (name === undefined) throw programError('an argument has no name', at, { expected: 'name=value' });
  if (module === 'EVAL' && name === 'expr' && value.kind === 'literal' && typeof value.value === 'string')
    return { ...arg, value: parseExpression(value.value, { line: value.at.line, column: value.at.column + 1 }, true) };
  const plain = value.kind === 'literal' || value.kind === 'name' || (value.kind === 'unary' && value.operand.kind === 'literal');
  if (!plain || (value.kind === 'literal' && value.value === null && module !== 'SELECT'))
    throw programError('only EVAL computes', value.at, {
      expected: 'a variable, a text in quotes or a number',
      hint: 'Make it a step of its own',
    });
  return arg;
}
