// Responders of `sensorium eval` that are not a model in a folder: a server, or files of recorded replies, with notes about these.
import { basename } from 'node:path';
import { usageError } from './report.js';
/** Options of `sensorium eval` that say who replies. */
export const responderArgs = {
    'model-name': {
        type: 'string',
        description: 'name of the model where MODEL is the address of an OpenAI-compatible server; its key is OPENAI_API_KEY',
        valueHint: 'NAME',
    },
    recorded: { type: 'string', description: 'files of replies to score in place of a model, separated by commas', valueHint: 'FILE' },
};
const isAddress = (text) => /^https?:\/\//.test(text);
/** The server or the files of the options; undefined for a model in a folder. Throws usage errors for options that do not go together. */
export function otherResponder({ model, named, 'model-name': name, recorded, adapters, concurrency }) {
    const address = isAddress(model);
    if (recorded !== undefined && (named || name !== undefined || adapters))
        throw usageError('replies of a file need no model', { place: '--recorded', hint: 'Leave out the model and its options' });
    if (recorded !== undefined)
        return ofFiles(recorded.split(',').map((file) => file.trim()));
    if (!address && name !== undefined)
        throw usageError('--model-name is for a model at an address', { place: '--model-name', hint: 'Give http://…/v1 as MODEL' });
    if (!address)
        return undefined;
    if (name === undefined)
        throw usageError('a model at an address needs its name', { place: '--model-name' });
    if (adapters)
        throw usageError('adapters are loaded into models in folders', { place: '--adapter', got: model });
    return {
        name: `${name} at ${model}`,
        server: [model, name],
        async open() {
            const { serverResponder } = await import('../evaluate/server-responder.js');
            return serverResponder({ url: model, model: name, apiKey: process.env.OPENAI_API_KEY, concurrency });
        },
    };
}
function ofFiles(files) {
    let opened;
    return {
        name: `replies of ${files.map((file) => basename(file)).join(', ')}`,
        async open(signal) {
            const { recordedResponder } = await import('../evaluate/recorded.js');
            opened = await recordedResponder(files, { signal });
            return opened;
        },
        recorded: () => opened?.summary() ?? { replies: 0, taken: 0, duplicates: [], unknown: [] },
    };
}
const NAMED = 5;
const named = (places) => `${places.slice(0, NAMED).join('; ')}${places.length > NAMED ? '; …' : ''}`;
/** What did not fit of the files, a sentence each. */
export function recordedNotes({ replies, duplicates, unknown }) {
    return [
        ...(duplicates.length > 0 ? [`${duplicates.length} replies are second ones to their rows: ${named(duplicates)}.`] : []),
        ...(unknown.length > 0 ? [`${unknown.length} of ${replies} replies are to rows that were not asked: ${named(unknown)}.`] : []),
    ];
}
//# sourceMappingURL=eval-responder.js.map