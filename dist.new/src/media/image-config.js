// Reading preprocessor_config.json for any processor of images or sounds: its type, its fields, and errors that name them.
import { SensoriumError } from '../util/errors.js';
const TYPE_KEYS = ['image_processor_type', 'feature_extractor_type'];
/**
 * The config as `schema` completes it; `types` are the names of processors with this arithmetic (their `Fast` and `Pil` forms included).
 * Errors: `media.config`, naming the key.
 */
export function parseImageConfig(schema, raw, { types, place, what = 'image processor' }) {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
        throw new SensoriumError('media.config', `wrong ${what} config`, {
            place,
            expected: 'a JSON object',
            got: JSON.stringify(raw),
        });
    for (const key of TYPE_KEYS) {
        const type = raw[key];
        if (type !== undefined && !(typeof type === 'string' && types.includes(type.replace(/(Fast|Pil)$/, ''))))
            throw new SensoriumError('media.config', `this is another ${what}`, {
                place: `${place}: ${key}`,
                expected: types.join(', '),
                got: JSON.stringify(type),
                hint: "Its arithmetic differs; convert the config by hand if you know that this one's is meant",
            });
    }
    const parsed = schema.safeParse(raw, { reportInput: true });
    if (parsed.success)
        return parsed.data;
    const issue = parsed.error.issues[0];
    throw new SensoriumError('media.config', `wrong value in the ${what} config`, {
        place: `${place}: ${issue?.path.join('.') ?? ''}`,
        expected: issue?.message,
        got: JSON.stringify(issue?.input) ?? 'nothing',
    });
}
//# sourceMappingURL=image-config.js.map