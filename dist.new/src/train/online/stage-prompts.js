// What the stages that learn from completions begin with: their data opened, rows held out, prompts encoded and their order.
import { SensoriumError } from '../../util/errors.js';
import { show } from '../../util/show.js';
import { assertLength, defaultLength, openData } from '../fine-tune.js';
import { splitRows } from '../holdout.js';
import { optionError } from '../options.js';
import { rowOrder } from '../order.js';
import { orderOf } from '../stage-options.js';
import { promptRows } from './prompts.js';
/**
 * Opens the data of a stage. Errors: those of the data; `train.data` for a set without rows, `train.option` for a length that the model does not
 * read, or that leaves no room for `maxTokens`; of `prompt` those of `promptRows` and of the rewards' checks.
 */
export async function stagePrompts(model, options, { place, rewards, signal }) {
    const { maxTokens, holdout, seed } = options;
    const data = await openData(options.data, model, place, signal);
    if (data.length === 0)
        throw new SensoriumError('train.data', 'the data set has no rows', { place: `${place}: data`, got: show(data.describe) });
    const maxLength = options.maxLength || defaultLength(model.network);
    assertLength(model.network, maxLength, place);
    if (maxTokens >= maxLength)
        throw optionError('maxTokens', { place, expected: `fewer than the ${maxLength} tokens that the model reads`, got: String(maxTokens) });
    const rows = holdout > 0 ? splitRows(data.length, { share: holdout, seed }) : undefined;
    const encoded = promptRows(data, model.processor, { maxPrompt: maxLength - maxTokens });
    const order = rowOrder(orderOf(options, { length: rows?.train.length ?? data.length }));
    return {
        data,
        maxLength,
        rows,
        prompt: async (index) => {
            const made = await encoded(index);
            for (const reward of rewards)
                reward.check?.(made.row);
            return made;
        },
        rowsOf: (index) => order(index).map((at) => rows?.train[at] ?? at),
    };
}
//# sourceMappingURL=stage-prompts.js.map