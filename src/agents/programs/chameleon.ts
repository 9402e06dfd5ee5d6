// Chameleon (Lu et al. 2023): the planner names modules in order, which run over one shared cache; verifiers look at what the last one left.

import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import { type AgentContext, type AgentTask, defineAgent } from '../registry.js';
import type { TraceStep } from '../trace.js';
import { checkProgram } from './check.js';
import { findAll } from './finding.js';
import { Frames } from './frames.js';
import { planByRules } from './grammar.js';
import { interpret, shown } from './interpret.js';
import { ask } from './look-modules.js';
import { programIn, visprogPrompt } from './prompts.js';
import type { FoundBox } from './types.js';
import { parseVisprog } from './visprog.js';

/** What the modules share. */
interface Cache {
  task: string;
  image: string;
  /** What is known so far, a line each: what a later module reads. */
  notes: string[];
  boxes?: readonly FoundBox[];
  program?: string;
  answer?: string;
}

/** What a module works with. */
interface Run {
  context: AgentContext;
  frames: Frames;
  step: TraceStep;
}

/** A module of the inventory. It returns what it added to the cache, in words. */
interface ChameleonModule {
  about: string;
  run(cache: Cache, run: Run): Promise<string>;
}

/** Other modules are asked for again in this way when a verifier is not content. */
const RETRIES = 1;
const MAX_MODULES = 8;

const looking = ({ context, frames }: Run) => ({ ...context, frames, instead: () => undefined });

/** The inventory. */
export const CHAMELEON: Readonly<Record<string, ChameleonModule>> = {
  Image_Captioner: {
    about: 'describes the image',
    run: async (cache, run) => {
      const caption = await ask(cache.image, 'Describe the image briefly.', looking(run));
      cache.notes.push(`Image: ${caption}`);
      return caption;
    },
  },
  Text_Detector: {
    about: 'reads printed text',
    run: async (cache, { context }) => {
      const reader = await context.equipment.get('reader');
      const { lines } = await reader.read(
        { type: 'image', source: context.workspace.get('image', cache.image) },
        { signal: context.signal },
      );
      const text = lines.map((line) => line.text).join(' / ');
      cache.notes.push(`Printed: ${text || 'nothing'}`);
      return text;
    },
  },
  Object_Detector: {
    about: 'finds all objects',
    run: async (cache, run) => {
      cache.boxes = await findAll(cache.image, 'objects', looking(run));
      run.step.items = [cache.image];
      run.step.boxes = cache.boxes.map(({ box, label }) => ({ box, label }));
      const words = cache.boxes.map(({ label }) => label).join(', ');
      cache.notes.push(`Objects: ${words || 'none'}`);
      return words;
    },
  },
  Program_Generator: {
    about: 'writes a program for the task',
    run: async (cache, { context }) => {
      cache.program =
        context.planner.tier === 'grammar'
          ? planByRules(cache.task).program
          : programIn(await context.write(visprogPrompt([cache.task, ...cache.notes].join('\n')), { maxTokens: 512 }));
      return cache.program;
    },
  },
  Program_Verifier: {
    about: 'checks that the program parses and type-checks',
    run: async (cache) => {
      checkProgram(parseVisprog(cache.program ?? ''));
      return 'the program is sound';
    },
  },
  Program_Executor: {
    about: 'runs the program',
    run: async (cache, { context, frames }) => {
      const program = parseVisprog(cache.program ?? '');
      checkProgram(program);
      cache.answer = shown(await interpret(program, { IMAGE: cache.image }, { ...context, frames }));
      return cache.answer;
    },
  },
  Solution_Generator: {
    about: 'answers from what is known so far',
    run: async (cache, run) => {
      cache.answer =
        run.context.planner.tier === 'grammar'
          ? await ask(cache.image, cache.task, looking(run))
          : (
              await run.context.write(
                [{ role: 'user', content: `${cache.notes.join('\n')}\n\n${cache.task}\nAnswer in a word or a phrase.` }],
                { maxTokens: 64 },
              )
            ).trim();
      return cache.answer;
    },
  },
  Answer_Verifier: {
    about: 'checks that the answer has the form that the task asks for',
    run: async ({ task, answer }) => {
      const wanted =
        /^how many\b|\bnumber of\b/i.test(task) && !/^is\b/i.test(task)
          ? /\d/
          : /^(is|are|do|does|can) /i.test(task)
            ? /^(yes|no)\b/i
            : /\S/;
      if (answer !== undefined && wanted.test(answer)) return 'the answer has the form of one';
      throw new SensoriumError('agent.tool', 'the answer is not one to this task', {
        place: 'Answer_Verifier',
        expected: String(wanted),
        got: answer ?? 'nothing',
      });
    },
  },
};

/** The plan of the rules: a program where they can write one, else a description and an answer from it. */
export function modulesByRules(task: string): string[] {
  if (planByRules(task).read) return ['Object_Detector', 'Program_Generator', 'Program_Verifier', 'Program_Executor', 'Answer_Verifier'];
  if (/\b(say|says|read|written|printed|text|word|sign)\b/i.test(task)) return ['Text_Detector', 'Solution_Generator', 'Answer_Verifier'];
  return ['Image_Captioner', 'Solution_Generator', 'Answer_Verifier'];
}

/** The names in a plan such as `["Object_Detector", "Solution_Generator"]`. Errors: `agent.planner` for names that there are not. */
export function readModules(plan: string): string[] {
  const names = plan.match(/[A-Za-z]+(?:_[A-Za-z]+)+/g) ?? [];
  const known = Object.keys(CHAMELEON);
  for (const name of names)
    if (!known.includes(name))
      throw new SensoriumError('agent.planner', 'a plan names a module that there is not', {
        place: name,
        expected: known.join(', '),
        hint: `Did you mean ${nearest(name, known)}?`,
      });
  if (names.length === 0 || names.length > MAX_MODULES)
    throw new SensoriumError('agent.planner', 'this is not a plan', {
      expected: `1 to ${MAX_MODULES} of ${known.join(', ')}`,
      got: plan.slice(0, 200),
    });
  return names;
}

const prompt = (task: string): Parameters<AgentContext['write']>[0] => [
  {
    role: 'system',
    content: `You plan how to answer a question about an image: a list of modules that run in order. Modules:\n${Object.entries(CHAMELEON)
      .map(([name, { about }]) => `${name}: ${about}`)
      .join('\n')}\nReply with the list and nothing else.`,
  },
  { role: 'user', content: 'How many red cups are left of the dog?' },
  { role: 'assistant', content: '["Object_Detector", "Program_Generator", "Program_Verifier", "Program_Executor", "Answer_Verifier"]' },
  { role: 'user', content: 'What does the sign say?' },
  { role: 'assistant', content: '["Text_Detector", "Solution_Generator"]' },
  { role: 'user', content: task },
];

/** Runs the modules. A module that fails before a verifier, or a verifier that is not content, is followed by the other way to an answer. */
async function runModules(names: readonly string[], cache: Cache, context: AgentContext, frames: Frames): Promise<void> {
  for (const name of names) {
    const step: TraceStep = { kind: 'call', name };
    const before = context.budget.seconds;
    context.budget.spend('calls');
    try {
      step.output = await (CHAMELEON[name] as ChameleonModule).run(cache, { context, frames, step });
    } catch (error) {
      if (error instanceof SensoriumError) step.error = { code: error.code, message: error.message };
      throw error;
    } finally {
      step.milliseconds = Math.round((context.budget.seconds - before) * 1000);
      context.step(step);
    }
  }
}

/** Chameleon: a list of modules over a shared cache. */
export const chameleon = defineAgent({
  name: 'chameleon',
  about: 'Plans a list of modules (Chameleon) that run in order over a shared cache, with verifiers; another way is taken where one fails.',
  tiers: ['grammar', 'url'],
  async run({ text, images: [image] }: AgentTask, context) {
    if (image === undefined) throw new SensoriumError('agent.argument', 'chameleon needs an image', { expected: '--image FILE' });
    const plan =
      context.planner.tier === 'grammar' ? modulesByRules(text) : readModules(await context.write(prompt(text), { maxTokens: 128 }));
    context.step({ kind: 'thought', name: 'plan', text: plan.join(', ') });
    const cache: Cache = { task: text, image, notes: [] };
    const frames = new Frames(context.workspace);
    for (let tries = 0; ; tries++) {
      try {
        const again = plan.includes('Program_Executor')
          ? ['Image_Captioner', 'Solution_Generator', 'Answer_Verifier']
          : ['Object_Detector', 'Solution_Generator'];
        await runModules(tries === 0 ? plan : again, cache, context, frames);
        break;
      } catch (error) {
        const stands = error instanceof SensoriumError && error.code !== 'agent.budget';
        context.signal?.throwIfAborted();
        if (!stands || tries >= RETRIES) throw error;
        context.step({ kind: 'observation', name: 'another way', text: `${error.message}; other modules are tried` });
      }
    }
    if (cache.answer === undefined)
      throw new SensoriumError('agent.planner', 'the plan gave no answer', {
        got: plan.join(', '),
        expected: 'Program_Executor or Solution_Generator in it',
      });
    context.step({ kind: 'answer', name: 'result', text: cache.answer });
    return cache.answer;
  },
});
