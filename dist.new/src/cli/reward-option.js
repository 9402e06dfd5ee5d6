// What `--reward` names: a reward of the registry, the folder of a reward model, or a TypeScript file whose default export judges completions.
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { learnedReward } from '../train/online/learned-reward.js';
import { isReward, rewardOf } from '../train/online/reward.js';
import { REWARDS, reward } from '../trust/rewards/index.js';
import { SensoriumError } from '../util/errors.js';
import { mapIoError } from '../util/fs.js';
import { importModule, MODULE_ENDINGS } from './recipe-module.js';
import { usageError } from './report.js';
/** The reward that an option names. Throws a usage error where it is missing, and `train.reward`. */
export async function rewardOption(value) {
    const names = REWARDS.map(({ name }) => name).join(', ');
    if (!value)
        throw usageError('--reward is missing', {
            expected: `${names}, the folder of a reward model, or a TypeScript file`,
            hint: 'For answers that are right or wrong: --reward exact',
        });
    if (MODULE_ENDINGS.includes(extname(value)))
        return rewardFile(value);
    const isFolder = await stat(value).then((info) => info.isDirectory(), () => false);
    if (!isFolder)
        return reward(value);
    if (existsSync(join(value, 'config.json')))
        return learnedReward(value);
    throw new SensoriumError('train.reward', 'this folder holds no reward model', {
        place: value,
        expected: 'a folder that `sensorium reward` wrote',
        got: 'no config.json',
    });
}
/** A module whose default export is a function from samples to numbers, or a reward. It runs with all rights, as recipes do. */
async function rewardFile(path) {
    const file = resolve(path);
    await stat(file).catch((error) => {
        throw mapIoError(error, path);
    });
    const fail = (summary, got, cause) => new SensoriumError('train.reward', summary, {
        place: path,
        expected: 'export default (samples) => samples.map(({ reply, answer }) => …), a number for each',
        got,
        cause,
    });
    let module;
    try {
        module = await importModule(file);
    }
    catch (error) {
        if (error instanceof SensoriumError)
            throw error;
        throw fail('the reward cannot be loaded', error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error), error);
    }
    const given = module.default;
    if (!isReward(given))
        throw fail('this module holds no reward', `exports: ${Object.keys(module).join(', ') || 'none'}`);
    const made = rewardOf(given);
    return { ...made, name: path, describe: { ...made.describe, file: path } };
}
//# sourceMappingURL=reward-option.js.map