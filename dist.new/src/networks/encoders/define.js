// Kinds of encoders: one call defines an encoder for recipes and for `config.json`, so that adding one needs no change elsewhere.
import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import { isRecord } from '../../util/records.js';
import { parseConfig } from '../parse-config.js';
/** `encoder` of config.json. */
export const encoderConfig = z.looseObject({ kind: z.string() });
const kinds = new Map();
const isSpec = (value) => isRecord(value) && isRecord(value.json) && Array.isArray(value.parts);
/** Options with the encoders among them as plain data, and those encoders. */
function flatten(options, parts) {
    if (isSpec(options)) {
        parts.push(options);
        return options.json;
    }
    if (Array.isArray(options))
        return options.map((one) => flatten(one, parts));
    if (!isRecord(options))
        return options;
    return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, flatten(value, parts)]));
}
/**
 * Defines a kind of encoder and returns the function that recipes call: `mllm({ vision: tiles({ of: clipVision({…}) }), … })`.
 * Options must be plain data or other encoders, since they go into config.json; a folder that names the kind can be loaded wherever this has run.
 */
export function defineEncoder(kind, definition) {
    if (kinds.has(kind))
        throw new SensoriumError('model.encoder', 'this kind of encoder is defined already', { got: kind });
    kinds.set(kind, definition);
    return (options) => {
        const parts = [];
        const given = flatten(options, parts);
        const config = definition.config ? parseConfig(definition.config, given, kind) : given;
        return { kind, json: { ...config, kind }, parts };
    };
}
/** All kinds of encoders that are defined. */
export const encoderKinds = () => [...kinds.keys()];
/** The encoder that a config names. Errors: `model.encoder` for a kind that nothing has defined, `model.config`. */
export function encoderFrom({ kind, ...rest }, place = 'config.json: encoder') {
    const definition = kinds.get(kind);
    if (!definition)
        throw new SensoriumError('model.encoder', 'unknown kind of encoder', {
            place: `${place}.kind`,
            expected: encoderKinds().join(', '),
            got: kind,
            hint: 'Import the module that defines it before the model is loaded',
        });
    const config = definition.config ? parseConfig(definition.config, rest, place) : rest;
    const network = definition.network(config);
    return {
        network,
        reader: (sizes) => definition.reader(network, config, sizes),
        arrangement: (sizes) => definition.arrangement?.(network, config, sizes),
        images: definition.images?.(config),
    };
}
//# sourceMappingURL=define.js.map