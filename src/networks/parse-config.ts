// Checking a config against its schema, with an error that names the field, what was expected and what came.

import { z } from 'zod';
import { SensoriumError } from '../util/errors.js';
import { isRecord, type Raw } from '../util/records.js';
import { show } from '../util/show.js';
import { closestPartHint } from './closest.js';

/** The config as the schema completes it. Errors: `model.config` for the first wrong field, with the number of further ones. */
export function parseConfig<C>(schema: z.ZodType<C>, raw: unknown, place = 'config.json'): C {
  const result = schema.safeParse(raw, { reportInput: true });
  if (result.success) return result.data;
  const [issue, ...others] = result.error.issues.map(innermost);
  if (!issue) throw new SensoriumError('model.config', 'the config is not valid', { place, cause: result.error });
  const got = issue.input;
  const field = issue.path.join('.');
  const more = others.length > 0 ? `; ${others.length} more: ${others.map((o) => o.path.join('.')).join(', ')}` : '';
  throw new SensoriumError(
    'model.config',
    got === undefined && field ? 'a field of the config is missing' : 'a field of the config is wrong',
    {
      place: field ? `${place}: ${field}` : place,
      expected: expectation(issue),
      got: `${got === undefined ? 'nothing' : show(got)}${more}`,
      hint:
        typeof got === 'string' && issue.path.at(-1) === 'model_type'
          ? closestPartHint(got, (raw as { model_type?: unknown } | null)?.model_type)
          : undefined,
    },
  );
}

type Issue = z.core.$ZodIssue;

/** Of a union, the issue of the branch that came furthest: the field in question rather than "no branch fits". */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().sort((a, b) => b.path.length - a.path.length)[0];
  return inner ? innermost({ ...inner, path: [...issue.path, ...inner.path] }) : issue;
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : article(issue.expected);
    case 'invalid_value':
      return issue.values.map((v) => JSON.stringify(v)).join(' or ');
    case 'too_small':
      return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options) ? issue.options.join(' or ') : issue.message;
    default:
      return issue.message.replace(/^expected /, '');
  }
}

const article = (word: string): string => (/^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`);

/** For `superRefine`: the field at `path` (`vision_config.num_heads`) is wrong; `expected` says what would be right. */
export function wrongField(context: z.RefinementCtx, path: string, expected: string, input: unknown): void {
  context.addIssue({ code: 'custom', path: path.split('.'), message: `expected ${expected}`, input });
}

/** For `superRefine`: the number at `part` must divide the one at `whole`. */
export function divides<K extends string>(part: K, whole: K): (config: Record<K, number>, context: z.RefinementCtx) => void {
  return (config, context) => {
    if (config[whole] % config[part] !== 0) wrongField(context, part, `a divisor of ${whole} (${config[whole]})`, config[part]);
  };
}

/**
 * The config of a part, such as `text_config`: its `model_type` chooses among `schemas`, `type` where it does not say. What it leaves out are the
 * defaults of its class, as in transformers; `whole` is the part of a config that has none, which is an error without it. Issues carry the paths
 * of the schema.
 */
export const partConfig = <C>(schemas: Readonly<Record<string, z.ZodType<C>>>, type: string, whole?: Raw) =>
  (whole ? z.unknown().prefault(whole) : z.unknown()).transform((raw, context): C => {
    const given = raw ?? whole;
    const model_type = (isRecord(given) ? given.model_type : undefined) ?? type;
    const schema = typeof model_type === 'string' && Object.hasOwn(schemas, model_type) ? schemas[model_type] : undefined;
    if (!schema) {
      context.issues.push({ code: 'invalid_value', values: Object.keys(schemas), path: ['model_type'], input: model_type });
      return z.NEVER;
    }
    return within(schema, isRecord(given) ? { ...given, model_type } : given, context);
  });

/** A config whose schema depends on what it says. Issues carry the paths of the schema that was chosen. */
export const chosenConfig = <C>(choose: (raw: Raw) => z.ZodType<C>) =>
  z.unknown().transform((raw, context): C => within(choose(isRecord(raw) ? raw : {}), raw, context));

function within<C>(schema: z.ZodType<C>, raw: unknown, context: z.core.$RefinementCtx): C {
  const read = schema.safeParse(raw, { reportInput: true });
  if (read.success) return read.data;
  for (const issue of read.error.issues) context.issues.push({ ...issue, input: issue.input } as z.core.$ZodRawIssue);
  return z.NEVER;
}
