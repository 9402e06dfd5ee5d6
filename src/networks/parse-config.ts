// Checking a config against its schema, with an error that names the field, what was expected and what came.

import type { z } from 'zod';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { closestPartHint } from './closest.js';

/** The config as the schema completes it. Errors: `models.config` for the first wrong field, with the number of further ones. */
export function parseConfig<C>(schema: z.ZodType<C>, raw: unknown, place = 'config.json'): C {
  const result = schema.safeParse(raw, { reportInput: true });
  if (result.success) return result.data;
  const [issue, ...others] = result.error.issues.map(innermost);
  if (!issue) throw new SensoriumError('models.config', 'the config is not valid', { place, cause: result.error });
  const got = issue.input;
  const field = issue.path.join('.');
  const more = others.length > 0 ? `; ${others.length} more: ${others.map((o) => o.path.join('.')).join(', ')}` : '';
  throw new SensoriumError(
    'models.config',
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

/** For `superRefine`: the number at `part` must divide the one at `whole`. */
export function divides<K extends string>(part: K, whole: K): (config: Record<K, number>, context: z.RefinementCtx) => void {
  return (config, context) => {
    if (config[whole] % config[part] === 0) return;
    const message = `expected a divisor of ${whole} (${config[whole]})`;
    context.addIssue({ code: 'custom', path: [part], message, input: config[part] });
  };
}
