// The judge that an option names: an address with a model's name, the folder of a model, or `haelm:` with a folder that was trained to say yes or no.
import { serverJudge } from '../evaluate/server-judge.js';
import { fetchModel } from './fetch-model.js';
import { usageError } from './report.js';
const HAELM = 'haelm:';
/** Throws a usage error for options that name no judge. */
export function checkJudgeOption({ judge, 'judge-model': model }, place = '--judge') {
    const isAddress = judge !== undefined && /^https?:\/\//.test(judge);
    if (isAddress && !model)
        throw usageError('a judge at an address needs the name of its model', { place: '--judge-model' });
    if (!isAddress && model !== undefined)
        throw usageError('--judge-model is for a judge at an address', { place: '--judge-model', hint: `Give ${place} http://…/v1` });
    if (judge === HAELM)
        throw usageError('a trained judge is a folder', { place, expected: 'haelm:FOLDER', got: judge });
}
/** The folder or name of the model that is a judge. */
export const judgeFolder = (judge) => (judge.startsWith(HAELM) ? judge.slice(HAELM.length) : judge);
/** The judge of checked options; undefined where none is named. A model is loaded when it is first asked, and put at the head of `held`. */
export function judgeFrom({ judge, 'judge-model': model }, { held, slots, signal }) {
    if (judge === undefined)
        return undefined;
    if (model !== undefined)
        return serverJudge({ url: judge, model, apiKey: process.env.OPENAI_API_KEY });
    const trained = judge.startsWith(HAELM);
    let opened;
    const open = async () => {
        const [{ Mllm }, { responderOf }, { modelJudge }] = await Promise.all([
            import('../generate/mllm.js'),
            import('../evaluate/responder.js'),
            import('../evaluate/model-judge.js'),
        ]);
        const loaded = await Mllm.load(await fetchModel(judgeFolder(judge), { signal }), { signal });
        held.unshift(loaded);
        const responder = await responderOf(loaded, { slots });
        held.unshift(responder);
        return modelJudge(judge, { model: loaded, responder, trained });
    };
    const get = () => {
        opened ??= open();
        return opened;
    };
    return {
        name: judge,
        ...(trained ? { tasks: ['statements'] } : {}),
        replies: async (...asked) => (await get()).replies(...asked),
        yes: async (prompts, options) => (await (await get()).yes?.(prompts, options)) ?? [],
    };
}
//# sourceMappingURL=judge-option.js.map