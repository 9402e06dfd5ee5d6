// Rewards as a recipe spells them: options of the stage, and the lines that import what they name.

import type { Reward } from './online/reward.js';

/** The source text of the rewards of a stage. */
export interface RewardSource {
  /** Options of the stage: `reward: reward("exact")`. */
  options: string[];
  /** What is imported from sensorium/train beside the stage. */
  learned: string[];
  /** Further lines of imports, each ended. */
  imports: string;
}

/** How a recipe spells rewards: those of the registry by name, reward models by folder, others by the file that they were read from. */
export function rewardSource(rewards: Readonly<Record<string, Reward | undefined>>): RewardSource {
  const options: string[] = [];
  const learned = new Set<string>();
  const imports = new Set<string>();
  for (const [key, given] of Object.entries(rewards)) {
    if (!given) continue;
    const { file, model } = given.describe ?? {};
    const name = JSON.stringify(file ?? model ?? given.name);
    if (file) imports.add(`import ${key === 'reward' ? 'judge' : key} from ${name};\n`);
    else if (model) learned.add('learnedReward');
    else imports.add("import { reward } from 'sensorium/trust';\n");
    options.push(`${key}: ${file ? (key === 'reward' ? 'judge' : key) : `${model ? 'learnedReward' : 'reward'}(${name})`}`);
  }
  return { options, learned: [...learned], imports: [...imports].join('') };
}
