// Rules as a constraint: a grammar written as data, each rule some alternatives of texts, patterns and calls of rules. What small languages need.

import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import { Budget, type ConstraintLimits, LIMITS, tooLarge } from './errors.js';
import type { Grammar } from './grammar.js';
import { grammarOf } from './join-rules.js';
import { alt, call, type Node, seq, text } from './node.js';
import { regex } from './regex.js';

/** A part of an alternative: a text as it is, what a pattern matches, or a rule by its name. */
export type RulePart = string | { readonly pattern: string } | { readonly rule: string };

/** Rules by name: for each its alternatives, each the parts that follow one another. */
export type GrammarRules = Readonly<Record<string, readonly (readonly RulePart[])[]>>;

/**
 * The grammar of rules, which begins with the rule `start`. A rule must read something, and must not begin with itself. Errors: `constrain.rules` for what is
 * not rules or names one that is absent; those of `regex` and `grammarOf`.
 */
export function compileRules(
  rules: GrammarRules,
  start: string,
  o: { limits?: ConstraintLimits; spellable?: Uint8Array; budget?: Budget } = {},
): Grammar {
  const { limits, spellable, budget = new Budget(limits?.work ?? LIMITS.work) } = o;
  const names = Object.keys(rules ?? {});
  const places = new Map(names.map((name, i) => [name, i]));
  let size = 0;
  const at = (name: string, place: string): number => {
    const found = places.get(name);
    if (found !== undefined) return found;
    const near = nearest(String(name), names);
    throw new SensoriumError('constrain.rules', 'there is no rule of this name', {
      place,
      expected: names.slice(0, 20).join(', ') || 'at least one rule',
      got: String(name),
      hint: near === undefined ? undefined : `Did you mean ${near}?`,
    });
  };
  const partNode = (part: RulePart, place: string): Node => {
    budget.place = place;
    budget.spend(1);
    if (typeof part === 'string') {
      size += part.length;
      if (size > (limits?.size ?? LIMITS.size)) tooLarge('characters of the rules', limits?.size ?? LIMITS.size, place);
      return text(part);
    }
    if (typeof part === 'object' && part && 'pattern' in part) return regex(part.pattern, { budget, place });
    if (typeof part === 'object' && part && 'rule' in part) return call(at(part.rule, place));
    throw new SensoriumError('constrain.rules', 'this is not a part of a rule', {
      place,
      expected: 'a text, { pattern } or { rule }',
      got: JSON.stringify(part),
    });
  };
  const nodes = names.map((name) => {
    const alternatives = rules[name];
    if (!Array.isArray(alternatives) || !alternatives.every(Array.isArray))
      throw new SensoriumError('constrain.rules', 'a rule is a list of alternatives, each a list of parts', {
        place: name,
        got: JSON.stringify(alternatives)?.slice(0, 100),
      });
    return {
      node: alt(...alternatives.map((parts: readonly RulePart[]) => seq(...parts.map((part) => partNode(part, name))))),
      place: name,
    };
  });
  return grammarOf(nodes, at(start, 'start'), { limits, spellable, budget });
}
