// The teacher that an option names: the scene world, an address with a model's name, or the folder of a model.
import { worldTeacher } from '../data/instruct/index.js';
import { modelTeacher, serverTeacher } from '../evaluate/teachers.js';
import { fetchModel } from './fetch-model.js';
import { usageError } from './report.js';
/** Opens the teacher. `dispose` frees a model. Errors: usage errors; those of loading a model. */
export async function openTeacher({ teacher, model, sampling, seed, signal, }) {
    const isAddress = /^https?:\/\//.test(teacher);
    if (isAddress && !model)
        throw usageError('a teacher at an address needs the name of its model', { place: '--teacher-model' });
    if (!isAddress && model !== undefined)
        throw usageError('--teacher-model is for a teacher at an address', { place: '--teacher-model', hint: 'Give --teacher http://…/v1' });
    const nothing = async () => undefined;
    if (teacher === 'world')
        return { teacher: worldTeacher(), dispose: nothing };
    if (isAddress)
        return {
            teacher: serverTeacher({ url: teacher, model: model, apiKey: process.env.OPENAI_API_KEY, sampling, seed }),
            dispose: nothing,
        };
    const { Mllm } = await import('../generate/mllm.js');
    const loaded = await Mllm.load(await fetchModel(teacher, { signal }), { signal });
    return { teacher: modelTeacher(teacher, loaded, sampling), dispose: () => loaded.dispose() };
}
//# sourceMappingURL=teacher-option.js.map