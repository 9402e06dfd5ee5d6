// Where a model folder of any age keeps its chat templates, read as transformers reads them.
import { ifThere, SensoriumError } from '../util/errors.js';
const DEFAULT = 'default';
/**
 * Reads `chat_template.jinja` with `additional_chat_templates/*.jinja`, else `chat_template.json` and `processor_config.json` of older processors,
 * else `chat_template` in `tokenizer_config.json`: a string, or a list of named ones. Undefined where a folder has none.
 * Errors: `text.template` for templates of which none is the default, and for a key that holds something else.
 */
export async function readChatTemplates(dir) {
    const { mapIoError, readJson, readText } = await import('../util/fs.js');
    const jinja = `${dir}/chat_template.jinja`;
    const found = new Map();
    const source = await ifThere(() => readText(jinja));
    if (source !== undefined)
        found.set(DEFAULT, source);
    const folder = `${dir}/additional_chat_templates`;
    for (const name of await jinjaFiles(folder, mapIoError))
        found.set(name.slice(0, -'.jinja'.length), await readText(`${folder}/${name}`));
    if (found.size > 0)
        return chosen(found, source === undefined ? folder : jinja);
    for (const name of ['chat_template.json', 'processor_config.json', 'tokenizer_config.json']) {
        const place = `${dir}/${name}`;
        const json = await ifThere(() => readJson(place));
        const templates = namedTemplates(json?.chat_template, place);
        if (templates)
            return chosen(templates, place);
    }
    return undefined;
}
/** `chat_template` of a config: a string, a list of `{ name, template }`, or an object by name; undefined where the key is absent. Errors: `text.template`. */
export function namedTemplates(value, place) {
    if (value === undefined || value === null)
        return undefined;
    if (typeof value === 'string')
        return new Map([[DEFAULT, value]]);
    const listed = Array.isArray(value)
        ? value.map((one) => [one?.name, one?.template])
        : typeof value === 'object'
            ? Object.entries(value)
            : [[undefined, undefined]];
    const wrong = listed.find(([name, template]) => typeof name !== 'string' || typeof template !== 'string');
    if (wrong || listed.length === 0)
        throw new SensoriumError('text.template', 'the chat template is neither a text nor a list of named ones', {
            place,
            expected: 'chat_template: a string, or [{ "name": "default", "template": "…" }, …]',
            got: JSON.stringify(wrong ?? value).slice(0, 80),
        });
    return new Map(listed);
}
/** The template to use of several. Errors: `text.template` where none is called `default`. */
export function chosen(all, place) {
    const source = all.get(DEFAULT);
    const toolUse = all.get('tool_use');
    if (source !== undefined)
        return { source, toolUse, all, place };
    throw new SensoriumError('text.template', 'the model has several chat templates and none is the default', {
        place,
        expected: `one called "${DEFAULT}"`,
        got: [...all.keys()].sort().join(', '),
        hint: `Rename the one to use to "${DEFAULT}"`,
    });
}
async function jinjaFiles(folder, mapped) {
    const { readdir } = await import('node:fs/promises');
    try {
        return (await readdir(folder)).filter((name) => name.endsWith('.jinja')).sort();
    }
    catch (error) {
        const { code } = error;
        if (code === 'ENOENT' || code === 'ENOTDIR')
            return [];
        throw mapped(error, folder);
    }
}
//# sourceMappingURL=chat-templates.js.map