// `calculator`: arithmetic by a parser of its own; nothing is evaluated as code.

import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import { builtIn } from './define.js';

const FUNCTIONS: Readonly<Record<string, (...numbers: number[]) => number>> = {
  abs: Math.abs,
  round: Math.round,
  floor: Math.floor,
  ceil: Math.ceil,
  sqrt: Math.sqrt,
  ln: Math.log,
  log: Math.log10,
  exp: Math.exp,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  min: Math.min,
  max: Math.max,
  sum: (...numbers) => numbers.reduce((a, b) => a + b, 0),
  mean: (...numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length,
};
const CONSTANTS: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E };
/** Functions that take several numbers. */
const MANY = new Set(['min', 'max', 'sum', 'mean']);
const LONGEST = 1000;
const DEEPEST = 64;

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+)|([a-z]+)|(\*\*|[-+*/%^(),]))/iy;

/**
 * The value of an expression: numbers, + - * / % (remainder), ^ or ** (right to left, before the sign on its left), brackets, `pi`, `e` and functions.
 * × ÷ − are taken too. Errors: `agent.argument` with the place, for what is not an expression and for results that are not numbers.
 */
export function calculate(expression: string): number {
  const text = expression.replace(/×/g, '*').replace(/÷/g, '/').replace(/−/g, '-').trimEnd();
  const fail = (expected: string, at: number): SensoriumError =>
    new SensoriumError('agent.argument', 'this cannot be calculated', {
      place: `expression, character ${at + 1}`,
      expected,
      got: text.slice(at, at + 20) || 'the end',
    });
  if (text.length > LONGEST) throw fail(`at most ${LONGEST} characters`, LONGEST);
  let at = 0;
  let depth = 0;
  const peek = (): { number?: string; name?: string; sign?: string; end: number } => {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) {
      if (/^\s*$/.test(text.slice(at))) return { end: at };
      throw fail('a number, a name, a bracket or one of + - * / % ^', at);
    }
    return { number: match[1], name: match[2]?.toLowerCase(), sign: match[3] === '**' ? '^' : match[3], end: TOKEN.lastIndex };
  };
  const take = (...signs: string[]): string | undefined => {
    const { sign, end } = peek();
    if (sign === undefined || !signs.includes(sign)) return undefined;
    at = end;
    return sign;
  };
  const sum = (): number => {
    if (++depth > DEEPEST) throw fail(`at most ${DEEPEST} brackets in one another`, at);
    let value = product();
    for (let sign = take('+', '-'); sign; sign = take('+', '-')) value = sign === '+' ? value + product() : value - product();
    depth--;
    return value;
  };
  const product = (): number => {
    let value = signed();
    for (let sign = take('*', '/', '%'); sign; sign = take('*', '/', '%')) {
      const from = at;
      const other = signed();
      if (sign !== '*' && other === 0) throw fail('a divisor other than 0', from);
      value = sign === '*' ? value * other : sign === '/' ? value / other : value % other;
    }
    return value;
  };
  const signed = (): number => {
    let negative = false;
    for (let sign = take('+', '-'); sign; sign = take('+', '-')) negative = negative !== (sign === '-');
    const value = power();
    return negative ? -value : value;
  };
  const power = (): number => {
    const base = atom();
    if (!take('^')) return base;
    if (++depth > DEEPEST) throw fail(`at most ${DEEPEST} powers of powers`, at);
    const value = base ** signed();
    depth--;
    return value;
  };
  const atom = (): number => {
    const from = at;
    const { number, name, end } = peek();
    if (number !== undefined) {
      at = end;
      return Number(number);
    }
    if (name !== undefined) {
      at = end;
      if (Object.hasOwn(CONSTANTS, name)) return CONSTANTS[name] as number;
      if (!Object.hasOwn(FUNCTIONS, name)) throw fail(`one of ${[...Object.keys(FUNCTIONS), ...Object.keys(CONSTANTS)].join(', ')}`, from);
      if (!take('(')) throw fail('(', at);
      const numbers = [sum()];
      while (take(',')) {
        if (!MANY.has(name)) throw fail(`one number for ${name}`, at);
        numbers.push(sum());
      }
      if (!take(')')) throw fail(')', at);
      return (FUNCTIONS[name] as (...all: number[]) => number)(...numbers);
    }
    if (take('(')) {
      const value = sum();
      if (!take(')')) throw fail(')', at);
      return value;
    }
    throw fail('a number', from);
  };
  const value = sum();
  if (/\S/.test(text.slice(at))) throw fail('the end', at);
  if (!Number.isFinite(value)) throw fail('a result that is a finite number', 0);
  return value;
}

/** Calculates an expression: `{ value }`. */
export const calculator = builtIn({
  name: 'calculator',
  description:
    'Calculates an expression: numbers, + - * / % ^, brackets, pi, e, sqrt abs round floor ceil ln log exp sin cos tan min max sum mean.',
  input: z.object({ expression: z.string().min(1).max(LONGEST) }),
  // Decimal fractions are not exact in binary: 0.1 + 0.2 is 0.3 to twelve digits.
  run: ({ expression }) => ({ value: Number(calculate(expression).toPrecision(12)) }),
});
