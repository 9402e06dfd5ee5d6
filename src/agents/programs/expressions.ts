// Expressions of programs, by precedence as in Python. VisProg's EVAL and ViperGPT's statements share them.

import { type Argument, type BinaryOperator, type Expression, type Place, programError } from './syntax.js';
import { type Token, tokensOf } from './tokens.js';

/** Operators by how strongly they bind, the weakest first. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['or', 'xor'],
  ['and'],
  ['==', '!=', '<=', '>=', '<', '>', 'in', 'not in'],
  ['+', '-'],
  ['*', '//', '/', '%'],
];
const COMPARISONS = 2;
const NOT = 2;
/** Expressions in expressions at most. */
const MAX_DEPTH = 40;
/** Words that are not names. */
export const KEYWORDS = [
  'and',
  'or',
  'xor',
  'not',
  'in',
  'if',
  'else',
  'elif',
  'for',
  'return',
  'def',
  'lambda',
  'True',
  'False',
  'None',
  'while',
  'import',
  'class',
  'try',
  'with',
];

/** Reads words one after another. */
export class Reader {
  private at = 0;
  private depth = 0;
  constructor(
    private readonly tokens: readonly Token[],
    /** `{NAME}` is a name, as in EVAL. */
    private readonly braces = false,
  ) {}

  get next(): Token {
    return this.tokens[this.at] as Token;
  }

  /** Whether the next word is of a kind. */
  isKind(kind: Token['kind']): boolean {
    return this.next.kind === kind;
  }

  /** Whether the next word is this one. */
  is(text: string): boolean {
    const { kind, text: own } = this.next;
    return own === text && (kind === 'sign' || kind === 'name');
  }

  /** Takes the next word if it is this one. */
  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.at++;
    return token;
  }

  /** Takes a word that must come. */
  expect(text: string, after?: string): Token {
    if (this.is(text)) return this.take();
    throw this.error(after === undefined ? `${text} is missing` : `${text} is missing after ${after}`, text);
  }

  /** Takes a name that is not a keyword. */
  name(what = 'a name'): Token {
    if (this.next.kind === 'name' && !KEYWORDS.includes(this.next.text)) return this.take();
    throw this.error(`${what} is missing`, what);
  }

  /** Takes the end of a line. */
  endLine(): void {
    if (this.next.kind === 'end' || this.next.kind === 'dedent') return;
    if (this.next.kind !== 'line') throw this.error('the line goes on where it should end', 'the end of the line');
    this.at++;
  }

  error(summary: string, expected: string, at: Place = this.next.at) {
    const { kind, text } = this.next;
    const names = {
      line: 'the end of the line',
      end: 'the end of the program',
      indent: 'an indented line',
      dedent: 'a line that is indented less',
    };
    return programError(summary, at, { expected, got: kind in names ? names[kind as keyof typeof names] : text });
  }

  /** An expression: a choice, or operators. */
  expression(): Expression {
    if (++this.depth > MAX_DEPTH)
      throw programError('expressions stand in expressions without end', this.next.at, { expected: `at most ${MAX_DEPTH} levels` });
    try {
      if (this.is('lambda')) return this.lambda();
      const then = this.binary(0);
      if (!this.is('if')) return then;
      const { at } = this.take();
      const test = this.binary(0);
      this.expect('else', 'if …');
      return { kind: 'choice', test, then, otherwise: this.expression(), at };
    } finally {
      this.depth--;
    }
  }

  private lambda(): Expression {
    const { at } = this.take();
    const item = this.name('a name behind lambda').text;
    this.expect(':', 'lambda');
    return { kind: 'lambda', item, body: this.expression(), at };
  }

  private operator(level: number): BinaryOperator | undefined {
    const found = LEVELS[level]?.find((one) => one !== 'not in' && this.is(one));
    if (found) return found;
    const after = this.tokens[this.at + 1];
    return level === COMPARISONS && this.is('not') && after?.text === 'in' ? 'not in' : undefined;
  }

  private binary(level: number): Expression {
    if (level === LEVELS.length) return this.unary();
    if (level === NOT && this.is('not')) {
      const { at } = this.take();
      return { kind: 'unary', operator: 'not', operand: this.binary(NOT), at };
    }
    let left = this.binary(level + 1);
    for (let operator = this.operator(level); operator; operator = this.operator(level)) {
      const { at } = this.take();
      if (operator === 'not in') this.take();
      left = { kind: 'binary', operator, left, right: this.binary(level + 1), at };
      if (level === COMPARISONS && this.operator(level))
        throw programError('comparisons in a row are not known', this.next.at, { hint: 'Join them with and: a < b and b < c' });
    }
    return left;
  }

  private unary(): Expression {
    if (!this.is('-')) return this.postfix();
    const { at } = this.take();
    return { kind: 'unary', operator: '-', operand: this.unary(), at };
  }

  private postfix(): Expression {
    let self = this.primary();
    for (;;) {
      const { at } = this.next;
      if (this.accept('.')) {
        const name = this.name('an attribute').text;
        self = this.is('(') ? { kind: 'call', name, self, args: this.args(), at } : { kind: 'attribute', self, name, at };
      } else if (this.accept('[')) {
        const index = this.expression();
        if (this.is(':'))
          throw programError('slices are not known', this.next.at, { expected: 'one index', hint: 'Use for with a list, or an index' });
        this.expect(']', 'an index');
        self = { kind: 'index', self, index, at };
      } else return self;
    }
  }

  private primary(): Expression {
    const { kind, text, at } = this.next;
    if (kind === 'number') {
      this.take();
      return { kind: 'literal', value: Number(text), at };
    }
    if (kind === 'string') {
      this.take();
      return { kind: 'literal', value: text, at };
    }
    if (kind === 'format') {
      this.take();
      return { kind: 'format', parts: formatParts(text, at), at };
    }
    if (this.braces && this.accept('{')) {
      const { text: name } = this.name('the name of a variable');
      this.expect('}', `{${name}`);
      return { kind: 'name', name, at };
    }
    if (this.accept('(')) {
      const inner = this.expression();
      this.expect(')', '(…');
      return inner;
    }
    if (this.is('[')) return this.list();
    for (const [word, value] of [
      ['True', true],
      ['False', false],
      ['None', null],
    ] as const)
      if (kind === 'name' && this.accept(word)) return { kind: 'literal', value, at };
    const name = this.name('a value').text;
    return this.is('(') ? { kind: 'call', name, args: this.args(), at } : { kind: 'name', name, at };
  }

  private list(): Expression {
    const { at } = this.take();
    const items: Expression[] = [];
    while (!this.accept(']')) {
      items.push(this.expression());
      if (items.length === 1 && this.is('for')) return this.each(items[0] as Expression, at);
      if (!this.is(']')) this.expect(',', 'an item');
    }
    return { kind: 'list', items, at };
  }

  private each(body: Expression, at: Place): Expression {
    this.take();
    const item = this.name('a name behind for').text;
    this.expect('in', `for ${item}`);
    const list = this.binary(0);
    const test = this.accept('if') ? this.binary(0) : undefined;
    this.expect(']', 'a list of each');
    return { kind: 'each', item, list, ...(test ? { test } : {}), body, at };
  }

  /** Arguments in brackets; those with names come last. */
  args(): Argument[] {
    this.expect('(');
    const out: Argument[] = [];
    while (!this.accept(')')) {
      const { at, kind, text } = this.next;
      const named = kind === 'name' && this.tokens[this.at + 1]?.text === '=' && this.tokens[this.at + 1]?.kind === 'sign';
      if (named) this.at += 2;
      else if (out.some(({ name }) => name !== undefined))
        throw this.error('an argument without a name comes after one with a name', 'name=value');
      if (named && out.some(({ name }) => name === text)) throw programError('an argument is given twice', at, { got: text });
      const value = this.expression();
      out.push({ value, at, ...(named ? { name: text } : {}) });
      if (!this.is(')')) this.expect(',', 'an argument');
    }
    return out;
  }
}

/** The parts of a format string: texts, and expressions in braces. */
function formatParts(text: string, at: Place): (string | Expression)[] {
  const parts: (string | Expression)[] = [];
  let rest = text;
  while (rest !== '') {
    const open = rest.indexOf('{');
    if (open < 0) {
      parts.push(rest);
      break;
    }
    const close = rest.indexOf('}', open);
    if (close < 0) throw programError('a brace is not closed', at, { expected: '}' });
    if (open > 0) parts.push(rest.slice(0, open));
    parts.push(
      parseExpression(rest.slice(open + 1, close), { line: at.line, column: at.column + 2 + text.length - rest.length + open + 1 }),
    );
    rest = rest.slice(close + 1);
  }
  return parts;
}

/** One expression that is the whole of a text; with `braces`, variables stand as `{NAME}`. Errors: `agent.program`. */
export function parseExpression(text: string, from?: Place, braces = false): Expression {
  const reader = new Reader(tokensOf(text, { from }), braces);
  const value = reader.expression();
  reader.endLine();
  if (reader.next.kind !== 'end') throw reader.error('the expression goes on where it should end', 'the end of the expression');
  return value;
}
