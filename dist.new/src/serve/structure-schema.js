// The form of a reply in the words of vLLM: `structured_outputs`, and its older `guided_…` fields, as schemas and patterns of our constraints.
import { z } from 'zod';
import { badRequest } from './errors.js';
/** Choices of one request. */
const MOST_CHOICES = 1024;
const schema = z.union([z.record(z.string(), z.unknown()), z.string().min(1).max(65_536)]).describe('a JSON schema, or the text of one');
const choices = z.array(z.string().min(1)).min(1).max(MOST_CHOICES).describe('the reply is one of these');
const pattern = z.string().min(1).describe('the reply matches this regular expression as a whole');
/** Fields of a request, to be spread into its schema. */
export const structureFields = {
    structured_outputs: z
        .strictObject({
        json: schema.nullish(),
        regex: pattern.nullish(),
        choice: choices.nullish(),
        json_object: z.boolean().nullish().describe('true: any JSON object'),
        disable_any_whitespace: z.boolean().nullish().describe('JSON has no spaces in any case'),
        disable_fallback: z.boolean().nullish(),
        disable_additional_properties: z.literal(false).nullish(),
    })
        .nullish()
        .describe("an extension: one form of the reply, in vLLM's words; not with response_format"),
    guided_json: schema.nullish().describe('an older name of structured_outputs.json'),
    guided_regex: pattern.nullish().describe('an older name of structured_outputs.regex'),
    guided_choice: choices.nullish().describe('an older name of structured_outputs.choice'),
    guided_decoding_backend: z.string().nullish().describe('without effect'),
};
const shape = z.object(structureFields);
/** The form that an engine is told of, with the field it comes from. Throws `ApiError` 400 for more than one form, and for what is no schema. */
export function structureOf(request) {
    const { structured_outputs: outputs } = request;
    const { response_format: format, text } = request;
    const other = format ?? text?.format;
    const given = [
        ['structured_outputs.json', outputs?.json],
        ['structured_outputs.regex', outputs?.regex],
        ['structured_outputs.choice', outputs?.choice],
        ['structured_outputs.json_object', outputs?.json_object || undefined],
        ['guided_json', request.guided_json],
        ['guided_regex', request.guided_regex],
        ['guided_choice', request.guided_choice],
    ].filter(([, value]) => value !== undefined && value !== null);
    const [first, second] = given;
    if (!first)
        return {};
    const [formField, value] = first;
    if (second || (other && other.type !== 'text'))
        throw badRequest('A reply has one form', second?.[0] ?? formField, {
            code: 'invalid_value',
            expected: 'one of response_format, structured_outputs and the guided_ fields',
            got: [...given.map(([name]) => name), ...(other && other.type !== 'text' ? [other.type] : [])].join(', '),
        });
    if (request.tools?.length && (Array.isArray(value) || formField.endsWith('regex')))
        throw badRequest('With tools, only a JSON schema can say what other replies look like', formField, { code: 'unsupported_parameter' });
    if (Array.isArray(value))
        return { pattern: value.map(escaped).join('|'), formField };
    if (value === true)
        return { schema: { type: 'object' }, formField };
    if (formField.endsWith('regex'))
        return { pattern: value, formField };
    return { schema: typeof value === 'string' ? parsed(value, formField) : value, formField };
}
const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
function parsed(text, field) {
    let value;
    try {
        value = JSON.parse(text);
    }
    catch (cause) {
        throw badRequest('Not a JSON schema', field, {
            code: 'invalid_schema',
            cause,
            got: cause instanceof Error ? cause.message : undefined,
        });
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return value;
    throw badRequest('Not a JSON schema', field, { code: 'invalid_schema', expected: 'an object', got: text.slice(0, 40) });
}
//# sourceMappingURL=structure-schema.js.map