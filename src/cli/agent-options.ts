// What agents are given on the command line and by the server: who plans, what looks, reads, asks and draws. Everything is opened when it is first used.

import { Equipment, type EquipmentSources, type NamedDetector } from '../agents/equipment.js';
import { grammarPlanner, modelPlanner, type Planner, serverPlanner } from '../agents/planner.js';
import type { AgentDefinition } from '../agents/registry.js';
import { fetchModel } from './fetch-model.js';
import type { Held } from './judge-option.js';
import { usageError } from './report.js';
import { DEFAULT_MODEL } from './root.js';

/** Options of commands that run agents. */
export const agentArgs = {
  planner: {
    type: 'string',
    description: 'who plans: grammar, own (a small model of ours), the folder of one, or http://…/v1',
    valueHint: 'PLANNER',
  },
  'planner-model': { type: 'string', description: 'name of the model behind a planner at an address', valueHint: 'NAME' },
  detector: {
    type: 'string',
    description:
      'what finds objects: world, nanodet, centernet, blazeface (faces), or a folder; several by commas, the next where one finds nothing',
    default: 'world',
    valueHint: 'NAMES',
  },
  eyes: { type: 'string', description: 'model that answers questions about images', default: DEFAULT_MODEL, valueHint: 'MODEL' },
  clip: { type: 'string', description: 'CLIP model that compares images with texts', default: 'models/world-clip', valueHint: 'MODEL' },
  generator: { type: 'string', description: 'generator that draws, such as world-generator', valueHint: 'FOLDER' },
  depth: { type: 'string', description: 'ONNX export of Depth Anything or DPT that measures depth (none is shipped)', valueHint: 'FOLDER' },
  segmenter: {
    type: 'string',
    description: 'model with a mask head that cuts things out (recipes/lisa.ts trains one)',
    valueHint: 'MODEL',
  },
  whisper: { type: 'string', description: 'Whisper model that writes down speech (none is shipped)', valueHint: 'MODEL' },
} as const;

/** The values of `agentArgs`. */
export interface AgentArgs {
  planner?: string;
  'planner-model'?: string;
  detector: string;
  eyes: string;
  clip: string;
  generator?: string;
  depth?: string;
  segmenter?: string;
  whisper?: string;
}

/** The equipment that is taken where nothing else is named. */
export const AGENT_DEFAULTS: AgentArgs = { detector: 'world', eyes: DEFAULT_MODEL, clip: 'models/world-clip' };

const isAddress = (text: string): boolean => /^https?:\/\//.test(text);

/** Throws a usage error for options of a planner that do not go together. */
export function checkPlanner({ planner, 'planner-model': model }: Pick<AgentArgs, 'planner' | 'planner-model'>): void {
  if (planner !== undefined && isAddress(planner) && !model)
    throw usageError('a planner at an address needs the name of its model', { place: '--planner-model' });
  if (model !== undefined && !(planner !== undefined && isAddress(planner)))
    throw usageError('--planner-model is for a planner at an address', { place: '--planner-model', hint: 'Give --planner http://…/v1' });
}

/** The planner of checked options; the agent's usual tier where none is named. A model goes to the head of `held`. */
export async function openPlanner(
  { planner, 'planner-model': model }: Pick<AgentArgs, 'planner' | 'planner-model'>,
  agent: AgentDefinition,
  { held, signal }: { held: Held; signal?: AbortSignal },
): Promise<Planner> {
  const named = planner ?? agent.tiers[0] ?? 'grammar';
  const tier = named === 'grammar' ? 'grammar' : isAddress(named) || named === 'url' ? 'url' : 'own';
  if (!agent.tiers.includes(tier))
    throw usageError('this agent does not plan in that way', {
      place: '--planner',
      expected: `${agent.name}: ${agent.tiers.join(', ')}`,
      got: named,
    });
  if (named === 'grammar') return grammarPlanner;
  if (isAddress(named)) return serverPlanner({ url: named, model: model as string, apiKey: process.env.OPENAI_API_KEY });
  const folder = named === 'own' ? agent.model : named;
  if (named === 'url' || folder === undefined)
    throw usageError('this agent plans with a model of your choice', {
      place: '--planner',
      expected: 'the folder of a model, or http://…/v1 with --planner-model',
      got: planner ?? 'nothing',
    });
  const { Mllm } = await import('../generate/mllm.js');
  const loaded = await Mllm.load(await fetchModel(folder, { signal }), { signal });
  held.unshift(loaded);
  return modelPlanner(folder, loaded);
}

/** The equipment of the options. What is opened goes to the head of `held`. */
export function equipmentOf(
  { detector, eyes, clip, generator, depth, segmenter, whisper }: AgentArgs,
  { held, signal }: { held: Held; signal?: AbortSignal },
): Equipment {
  const keep = <T extends { dispose(): void | Promise<void> }>(one: T): T => {
    held.unshift(one);
    return one;
  };
  const sources: EquipmentSources = {
    detectors: async () => {
      const { openDetector } = await import('./trust-detectors.js');
      const all: NamedDetector[] = [];
      for (const name of detector.split(',').map((part) => part.trim()))
        all.push({ name, detector: keep(await openDetector(name, { signal })) });
      return all;
    },
    responder: async () => {
      const [{ Mllm }, { responderOf }] = await Promise.all([import('../generate/mllm.js'), import('../evaluate/responder.js')]);
      const loaded = keep(await Mllm.load(await fetchModel(eyes, { signal }), { signal }));
      return keep(await responderOf(loaded, { slots: 4 }));
    },
    embedder: async () => {
      const { ClipEmbedder } = await import('../serve/clip-embedder.js');
      return keep(await ClipEmbedder.load(await fetchModel(clip, { signal })));
    },
    reader: async () => keep(await (await import('../trust/experts/open.js')).openReader()),
    ...(generator === undefined
      ? {}
      : {
          painter: async () => {
            const { ImageGenerator } = await import('../generate/draw.js');
            return keep(await ImageGenerator.load(await fetchModel(generator, { signal }), { signal }));
          },
        }),
  };
  if (depth !== undefined) sources.depth = async () => keep(await (await import('../agents/depth-model.js')).openDepth(depth));
  if (segmenter !== undefined)
    sources.segmenter = async () => {
      const [{ Mllm }, { maskSegmenter }] = await Promise.all([import('../generate/mllm.js'), import('../agents/mask-model.js')]);
      return maskSegmenter(keep(await Mllm.load(await fetchModel(segmenter, { signal }), { signal })), segmenter);
    };
  if (whisper !== undefined)
    sources.transcriber = async () =>
      keep(await (await import('../generate/transcriber.js')).Transcriber.load(await fetchModel(whisper, { signal }), { signal }));
  return new Equipment(sources);
}
