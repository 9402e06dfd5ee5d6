// The form that a request asks of its reply: compiled within bounds, refused by the field that holds it.
import { callsFormat, constraintFor, prepareFormat } from '../generate/index.js';
import { SensoriumError } from '../util/errors.js';
import { badRequest, toApiError } from './errors.js';
import { SCHEMA_LIMITS } from './schema-limits.js';
/**
 * The form of the reply to a request, ready to be used, with what is wrong with it and does not stop it; undefined where it has none. Rejects with
 * `ApiError` 400 for a schema that cannot be promised, with the field that holds it, and with the reason of the request's signal.
 */
export async function replyFormat(tokenizer, request) {
    const { tools = [], toolChoice = 'auto', schema, pattern, formField = 'response_format.json_schema.schema', signal } = request;
    const auto = toolChoice === 'auto';
    if (auto && !schema && pattern === undefined)
        return undefined;
    try {
        const format = await prepareFormat(tokenizer, formOf(request), signal);
        return { format, warnings: constraintFor(tokenizer, format).warnings.map(({ place, message }) => `${message} (in ${place})`) };
    }
    catch (error) {
        if (signal?.aborted)
            throw error;
        const { status, message, apiCode } = toApiError(error);
        if (status >= 500)
            throw error;
        const hint = auto ? '' : ' With tool_choice auto, or another tool named in it, this schema is not needed.';
        const field = auto ? (toolField(error, tools) ?? formField) : (toolField(error, tools) ?? 'tools');
        throw badRequest(message + hint, field, { code: apiCode ?? undefined, cause: error });
    }
}
/** The form of a reply. One to tools that are not forced may be calls, or what its schema says. */
function formOf({ tools, toolChoice = 'auto', singleCall = false, schema, pattern, }) {
    const limits = SCHEMA_LIMITS;
    if (toolChoice !== 'auto')
        return { ...callsFormat(tools ?? [], toolChoice, singleCall), limits };
    if (pattern !== undefined)
        return { type: 'regex', pattern, limits };
    if (tools)
        return { ...callsFormat(tools, 'required', singleCall), reply: schema, limits };
    return { type: 'json_schema', schema: schema, limits };
}
/** The tool whose schema an error is about: errors begin with its name. */
function toolField(error, tools) {
    const place = error instanceof SensoriumError ? (error.place ?? '') : '';
    const at = tools.findIndex(({ function: f }) => place.startsWith(`schema ${f.name}#`));
    return at < 0 ? undefined : `tools[${at}].function.parameters`;
}
//# sourceMappingURL=reply-format.js.map