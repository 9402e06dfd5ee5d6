// ViperGPT's form (Surís et al. 2023): a subset of Python over ImagePatch with if, for and return. Nothing of it is run by anything but our interpreter.

import { Reader } from './expressions.js';
import { MAX_PROGRAM, type Program, programError, type Statement } from './syntax.js';
import { tokensOf } from './tokens.js';
import type { Type } from './types.js';

const MAX_STATEMENTS = 500;
const MAX_BLOCKS = 12;
const UNKNOWN = ['while', 'import', 'class', 'try', 'with'];

/**
 * Parses `def execute_command(image) -> str:` and its block, or the block alone with `image` as its input. Errors: `agent.program` with
 * line and column.
 */
export function parseViper(source: string): Program {
  if (source.length > MAX_PROGRAM)
    throw programError(
      'the program is too long',
      { line: 1, column: 1 },
      { expected: `at most ${MAX_PROGRAM} characters`, got: `${source.length}` },
    );
  const reader = new Reader(tokensOf(source, { blocks: true }));
  let inputs: { name: string; type: Type }[] = [{ name: 'image', type: 'image' }];
  const count = { statements: 0 };
  let body: Statement[];
  if (reader.accept('def')) {
    reader.name('the name of the function');
    inputs = parameters(reader);
    body = block(reader, count, 1);
    while (reader.isKind('line')) reader.endLine();
    if (!reader.isKind('end')) throw reader.error('a program is one function', 'the end of the program');
  } else {
    body = [];
    while (!reader.isKind('end')) body.push(statement(reader, count, 0));
  }
  return { form: 'viper', inputs, body, source };
}

/** `(image) -> str`: annotations are read over; what is given is images. */
function parameters(reader: Reader): { name: string; type: Type }[] {
  const out: { name: string; type: Type }[] = [];
  reader.expect('(');
  while (!reader.accept(')')) {
    out.push({ name: reader.name('a parameter').text, type: 'image' });
    if (reader.accept(':')) reader.name('a type');
    if (!reader.is(')')) reader.expect(',', 'a parameter');
  }
  if (reader.accept('->')) reader.name('a type');
  return out;
}

type Count = { statements: number };

/** `:`, a line end and indented statements. */
function block(reader: Reader, count: Count, depth: number): Statement[] {
  const { at } = reader.expect(':');
  if (depth > MAX_BLOCKS) throw programError('blocks stand in blocks without end', at, { expected: `at most ${MAX_BLOCKS} levels` });
  if (!reader.isKind('line')) return [statement(reader, count, depth)]; // `if x: return y`
  reader.endLine();
  if (!reader.isKind('indent')) throw reader.error('a block is missing', 'indented lines');
  reader.take();
  const body: Statement[] = [];
  while (!reader.isKind('dedent')) body.push(statement(reader, count, depth));
  reader.take();
  return body;
}

function statement(reader: Reader, count: Count, depth: number): Statement {
  const { at, text, kind } = reader.next;
  if (++count.statements > MAX_STATEMENTS)
    throw programError('the program has too many statements', at, { expected: `at most ${MAX_STATEMENTS}` });
  if (kind === 'name' && UNKNOWN.includes(text))
    throw programError('this statement is not known', at, { expected: 'an assignment, if, for or return', got: text });
  if (reader.accept('if')) return branches(reader, count, depth, at);
  if (reader.accept('for')) {
    const item = reader.name('a name behind for').text;
    reader.expect('in', `for ${item}`);
    const list = reader.expression();
    return { kind: 'for', item, list, body: block(reader, count, depth + 1), at };
  }
  if (reader.accept('return')) {
    const value = reader.expression();
    reader.endLine();
    return { kind: 'return', value, at };
  }
  const value = reader.expression();
  if (value.kind === 'name' && reader.accept('=')) {
    const assigned = reader.expression();
    reader.endLine();
    return { kind: 'assign', name: value.name, value: assigned, at };
  }
  for (const operator of ['+', '-'] as const)
    if (value.kind === 'name' && reader.accept(`${operator}=`)) {
      const right = reader.expression();
      reader.endLine();
      return { kind: 'assign', name: value.name, value: { kind: 'binary', operator, left: value, right, at }, at };
    }
  if (reader.is('=')) throw reader.error('only names are assigned to', 'a name before =', at);
  reader.endLine();
  return { kind: 'expression', value, at };
}

/** Behind `if` or `elif`. */
function branches(reader: Reader, count: Count, depth: number, at: Statement['at']): Statement {
  const test = reader.expression();
  const then = block(reader, count, depth + 1);
  const next = reader.next.at;
  const otherwise = reader.accept('elif')
    ? [branches(reader, count, depth, next)]
    : reader.accept('else')
      ? block(reader, count, depth + 1)
      : [];
  return { kind: 'if', test, then, otherwise, at };
}
