// Rewards as a recipe spells them: options of the stage, and the lines that import what they name.
/** How a recipe spells rewards: those of the registry by name, reward models by folder, others by the file that they were read from. */
export function rewardSource(rewards) {
    const options = [];
    const learned = new Set();
    const imports = new Set();
    for (const [key, given] of Object.entries(rewards)) {
        if (!given)
            continue;
        const { file, model } = given.describe ?? {};
        const name = JSON.stringify(file ?? model ?? given.name);
        if (file)
            imports.add(`import ${key === 'reward' ? 'judge' : key} from ${name};\n`);
        else if (model)
            learned.add('learnedReward');
        else
            imports.add("import { reward } from 'sensorium/trust';\n");
        options.push(`${key}: ${file ? (key === 'reward' ? 'judge' : key) : `${model ? 'learnedReward' : 'reward'}(${name})`}`);
    }
    return { options, learned: [...learned], imports: [...imports].join('') };
}
//# sourceMappingURL=reward-source.js.map