// The forms a reply can be given, and their grammars.
import { SensoriumError } from '../../util/errors.js';
import { compileCalls } from './calls.js';
import { Budget, LIMITS } from './errors.js';
import { grammarOf } from './join-rules.js';
import { bytes, seq, star, text } from './node.js';
import { regex } from './regex.js';
import { compileSchema } from './schema.js';
/** The grammar of a form. Throws `constrain.schema`, `constrain.regex`, `constrain.empty`, `constrain.recursion`, `constrain.size`. */
export function formatGrammar(format, o = {}) {
    const { limits } = format;
    const { spellable, noLeadingSpace, budget = new Budget(limits?.work ?? LIMITS.work) } = o;
    const how = { limits, spellable, budget };
    switch (format.type) {
        case 'json_schema':
            return compileSchema(format.schema, { whitespace: format.whitespace, ...how });
        case 'json_object':
            return compileSchema({ type: 'object' }, { whitespace: format.whitespace, ...how });
        case 'tool_calls':
            return compileCalls(format.tools, { several: format.several, reply: format.reply, ...how });
        case 'regex': {
            budget.place = 'pattern';
            const whole = regex(format.pattern, { budget });
            return grammarOf([{ node: noLeadingSpace ? withoutLeadingSpace(whole) : whole, place: 'pattern' }], 0, how);
        }
        default:
            throw new SensoriumError('generate.option', 'this is no response format', {
                place: 'responseFormat',
                expected: "type 'text', 'json_object', 'json_schema', 'tool_calls' or 'regex'",
                got: JSON.stringify(format.type ?? null),
            });
    }
}
const withoutLeadingSpace = (node) => ({ kind: 'without', node, other: seq(text(' '), star(bytes([[0, 0xff]]))) });
//# sourceMappingURL=format.js.map