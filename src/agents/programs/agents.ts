// The agents `visprog` and `viper`: a task becomes a program, the program is checked, and only then run.

import { SensoriumError } from '../../util/errors.js';
import { type AgentContext, type AgentTask, defineAgent } from '../registry.js';
import { checkProgram } from './check.js';
import { Frames } from './frames.js';
import { planByRules } from './grammar.js';
import { interpret, shown } from './interpret.js';
import { programFormat } from './program-rules.js';
import { programIn, viperPrompt, visprogPrompt } from './prompts.js';
import type { Program } from './syntax.js';
import { parseViper } from './viper.js';
import { viperByRules } from './viper-rules.js';
import { parseVisprog, visprogInputs } from './visprog.js';

/** Tries of a model that writes a wrong program: it is told what is wrong. */
const TRIES = 3;
const MAX_TOKENS = 512;

/** A checked program of a task. The trace has every try. */
async function planned(
  task: string,
  { planner, write, step }: AgentContext,
  how: {
    rules: (task: string) => string;
    prompt: (task: string, mistake?: { program: string; error: string }) => Parameters<AgentContext['write']>[0];
    parse: (source: string) => Program;
    own: boolean;
  },
): Promise<Program> {
  const tries = planner.tier === 'url' ? TRIES : 1;
  let mistake: { program: string; error: string } | undefined;
  for (let i = 0; ; i++) {
    const source =
      planner.tier === 'grammar'
        ? how.rules(task)
        : planner.tier === 'own' && how.own
          ? await write([{ role: 'user', content: task }], { format: programFormat(), maxTokens: 200 })
          : programIn(await write(how.prompt(task, mistake), { maxTokens: MAX_TOKENS }));
    const one = step({ kind: 'thought', name: 'program', text: source });
    try {
      const program = how.parse(source);
      checkProgram(program);
      return program;
    } catch (error) {
      if (!(error instanceof SensoriumError)) throw error;
      one.error = { code: error.code, message: error.message };
      if (i + 1 >= tries) throw error;
      mistake = { program: source, error: error.message };
    }
  }
}

/** Runs a checked program; its result ends the trace. */
export async function runProgram(program: Program, { images }: Pick<AgentTask, 'images'>, context: AgentContext): Promise<string> {
  if (images.length < program.inputs.length)
    throw new SensoriumError('agent.argument', 'the program needs an image', {
      place: program.inputs[images.length]?.name,
      expected: `${program.inputs.length} images`,
      got: `${images.length}`,
    });
  const inputs = Object.fromEntries(program.inputs.map(({ name }, i) => [name, images[i] as string]));
  const value = await interpret(program, inputs, { ...context, frames: new Frames(context.workspace) });
  const answer = shown(value);
  const names = new Set(context.workspace.names());
  const items = (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string' && names.has(one));
  context.step({ kind: 'answer', name: 'result', text: answer, ...(items.length > 0 ? { items } : {}) });
  return answer;
}

/** VisProg (Gupta and Kembhavi 2023). */
export const visprogAgent = defineAgent({
  name: 'visprog',
  about: 'Writes a program of lines (VisProg), checks it, and runs it step by step: LOC, CROP, COUNT, VQA, SELECT, REPLACE …',
  tiers: ['grammar', 'own', 'url'],
  model: 'models/world-planner',
  async run(task, context) {
    const program = await planned(task.text, context, {
      rules: (text) => planByRules(text).program,
      prompt: visprogPrompt,
      parse: (source) => parseVisprog(source, visprogInputs(task.images.length)),
      own: true,
    });
    return runProgram(program, task, context);
  },
});

/** ViperGPT (Surís et al. 2023). */
export const viperAgent = defineAgent({
  name: 'viper',
  about: 'Writes a function in a subset of Python over image patches (ViperGPT), checks its types, and interprets it.',
  tiers: ['grammar', 'url'],
  async run(task, context) {
    const program = await planned(task.text, context, { rules: viperByRules, prompt: viperPrompt, parse: parseViper, own: false });
    return runProgram(program, task, context);
  },
});
