// AudioGPT (Huang et al. 2023, arXiv:2304.12995): four stages over speech tools: modality to text, analysis of the task, assignment of a tool, response.

import { SensoriumError } from '../../util/errors.js';
import { type AgentContext, defineAgent } from '../registry.js';
import type { Tool } from '../tool.js';
import { toolsOf } from './act.js';
import { parseReact } from './react.js';

/** What may be asked about sounds. */
export const AUDIO_TASKS = ['recognize', 'synthesize', 'measure'] as const;
/** A kind of task. */
export type AudioTask = (typeof AUDIO_TASKS)[number];

const TOOLS: Readonly<Record<AudioTask, string>> = { recognize: 'transcribe', synthesize: 'speak', measure: 'listen' };

/** What the analysis found. */
export interface AudioPlan {
  task: AudioTask;
  /** For `synthesize`: what is spoken. */
  text?: string;
}

/** The task of a request by rules. Errors: `agent.planner` for none of the kinds. */
export function analyzeByRules(request: string, hasSound: boolean): AudioPlan {
  const lower = request.toLowerCase();
  const quoted = /["“]([^"”]+)["”]/.exec(request)?.[1];
  if (/^(please )?(say|speak|read (it |this )?aloud|pronounce|synthesi[sz]e)\b/.test(lower))
    return {
      task: 'synthesize',
      text: quoted ?? request.replace(/^(please )?(say|speak|read (it |this )?aloud|pronounce|synthesi[sz]e)\b[\s:,]*/i, ''),
    };
  if (hasSound && /\b(how long|how loud|duration|seconds|silen|loud|quiet|pitch|volume)/.test(lower)) return { task: 'measure' };
  if (hasSound && /\b(transcribe|what is said|what does .* say|write down|words|speech|recogni[sz]e|said)\b/.test(lower))
    return { task: 'recognize' };
  throw new SensoriumError('agent.planner', 'this is none of the tasks with sounds', {
    expected: AUDIO_TASKS.join(', '),
    got: request.slice(0, 100),
  });
}

/** What a model is told for the analysis. */
export const analysisPrompt = (request: string, sounds: readonly string[], tools: readonly Tool[]): string =>
  [
    `A request: ${JSON.stringify(request)}`,
    `Sounds: ${sounds.join(', ') || 'none'}`,
    'Which tool does it need? Write two lines:',
    'Action: the name of the tool',
    'Action Input: its arguments as one line of JSON',
    ...tools.map(({ name, description }) => `${name}: ${description}`),
  ].join('\n');

/** The agent `audiogpt`. */
export const audioGpt = defineAgent({
  name: 'audiogpt',
  about:
    'Speech in and out: request to text, which task, which tool, reply (AudioGPT). --sound FILE; with "spoken" in the task the reply is spoken too.',
  tiers: ['grammar', 'url', 'own'],
  async run({ text }, context) {
    const box = toolsOf(context, ['transcribe', 'speak', 'listen']);
    const sounds = context.workspace.names('sound');
    // 1. Modality: without words, the first sound is the request.
    const request = text.trim() || (await spokenRequest(box.get('transcribe'), sounds[0], context));
    context.step({ kind: 'thought', name: 'modality', text: request });
    // 2. Which task. 3. Which tool.
    let call: { name: string; args: unknown };
    if (context.planner.tier === 'grammar') {
      const plan = analyzeByRules(request, sounds.length > 0);
      context.step({ kind: 'thought', name: 'analysis', text: plan.task });
      call = { name: TOOLS[plan.task], args: plan.task === 'synthesize' ? { text: plan.text ?? '' } : { sound: sounds[0] } };
    } else {
      const reply = await context.write([{ role: 'user', content: analysisPrompt(request, sounds, box.tools) }], { maxTokens: 200 });
      const decision = parseReact(reply);
      context.step({ kind: 'thought', name: 'analysis', text: reply.slice(0, 1000) });
      if (!decision.call)
        throw new SensoriumError('agent.planner', 'the planner assigned no tool', {
          got: decision.fault ?? decision.answer?.slice(0, 200),
        });
      call = decision.call;
    }
    context.step({ kind: 'thought', name: 'assignment', text: call.name });
    const value = (await context.call(box.get(call.name), call.args)) as Record<string, string | number>;
    // 4. The reply, in words, and spoken where that was asked for.
    const answer =
      call.name === 'speak' ? `${value.sound} (${value.seconds} s)` : call.name === 'transcribe' ? String(value.text) : describe(value);
    if (call.name !== 'speak' && /\b(spoken|aloud|as speech)\b/i.test(request)) {
      const spoken = (await context.call(box.get('speak'), { text: answer.slice(0, 2000) })) as { sound: string };
      return `${answer} (${spoken.sound})`;
    }
    return answer;
  },
});

async function spokenRequest(transcribe: Tool, sound: string | undefined, context: AgentContext): Promise<string> {
  if (sound === undefined)
    throw new SensoriumError('agent.argument', 'there is no request', { place: 'task', expected: 'words, or a sound with some' });
  return ((await context.call(transcribe, { sound })) as { text: string }).text;
}

const describe = ({ seconds, loudness, silence }: Record<string, string | number>): string =>
  `${seconds} s, ${loudness} dB below the loudest that can be, silent for ${Math.round(100 * Number(silence))} % of the time`;
