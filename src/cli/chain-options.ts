// Options of commands that reason in chains: which chain, who thinks, what checks the steps, what it may cost; and the page of the chains.

import type { ArgsDef } from 'citty';
import { Vocabulary } from '../evaluate/mentions.js';
import type { PartialResponder } from '../evaluate/responder.js';
import { worldVocabulary } from '../evaluate/world-source.js';
import type { ChainOptions, ChainShown, OnFalse } from '../reason/chains/index.js';
import { CHAINS, chainNamed } from '../reason/chains/registry.js';
import { cocoObjects, cocoOther } from '../trust/coco-objects.js';
import { DETECTOR_NAMES } from '../trust/experts/open.js';
import { writeAtomic } from '../util/fs.js';
import { fetchModel } from './fetch-model.js';
import { choiceOption, numberOption } from './flags.js';
import type { Held } from './judge-option.js';
import { usageError } from './report.js';

const WAYS = ['ask', 'drop', 'mark'] as const;
const isAddress = (text: string): boolean => /^https?:\/\//.test(text);

/** The options. */
export const chainArgs = {
  chain: { type: 'string', description: `reason in steps: ${CHAINS.map(({ name }) => name).join(', ')}`, valueHint: 'NAME' },
  thinker: {
    type: 'string',
    description: 'with --chain: who thinks in place of the model, which then only looks: grammar (rules), a folder, an address',
    valueHint: 'URL|MODEL',
  },
  'thinker-model': {
    type: 'string',
    description: 'name of the model at the address of --thinker; its key is OPENAI_API_KEY',
    valueHint: 'NAME',
  },
  verify: {
    type: 'string',
    description: `with --chain: a detector that checks what steps claim: world, ${DETECTOR_NAMES.join(', ')}, or a folder`,
    valueHint: 'DETECTOR',
  },
  'on-false': {
    type: 'string',
    description: `with --verify: ${WAYS.join(', ')} (default: ask, of the model that looks)`,
    valueHint: 'HOW',
  },
  'max-calls': { type: 'string', description: 'with --chain: most calls of models for a question (default: 32)', valueHint: 'N' },
  'max-chain-tokens': {
    type: 'string',
    description: 'with --chain: most tokens of all replies for a question (default: 4096)',
    valueHint: 'N',
  },
  trace: { type: 'string', description: 'with --chain: write the steps as a page, FILE.html, or as JSON, FILE.json', valueHint: 'FILE' },
} as const satisfies ArgsDef;

/** Chains as the command line asks for them, nothing opened yet. */
export interface ChainChoice {
  chain: string;
  thinker?: string;
  thinkerModel?: string;
  verify?: string;
  onFalse?: OnFalse;
  maxCalls?: number;
  maxTokens?: number;
  trace?: string;
}

/** The options, checked; undefined without `--chain`. Throws usage errors, and `reason.chain` for a name that there is not. */
export function readChainArgs(args: Readonly<Record<string, unknown>>): ChainChoice | undefined {
  const text = (name: keyof typeof chainArgs): string | undefined => args[name] as string | undefined;
  const chain = text('chain');
  if (chain === undefined) {
    const alone = (Object.keys(chainArgs) as (keyof typeof chainArgs)[]).find((name) => args[name] !== undefined);
    if (alone) throw usageError(`--${alone} is for chains`, { place: `--${alone}`, hint: 'Name one with --chain' });
    return undefined;
  }
  const strategy = chainNamed(CHAINS, chain);
  const [thinker, thinkerModel, trace] = [text('thinker'), text('thinker-model'), text('trace')];
  if (thinker === 'grammar' && !strategy.splits)
    throw usageError('rules split questions and join answers, and nothing else', {
      place: '--thinker',
      expected: `--chain ${CHAINS.flatMap(({ name, splits }) => (splits ? [name] : [])).join(' or ')}`,
      got: chain,
    });
  if (thinker !== undefined && isAddress(thinker) !== (thinkerModel !== undefined))
    throw usageError('a thinker at an address has an address and a name', {
      place: '--thinker-model',
      expected: '--thinker http://…/v1 --thinker-model NAME',
    });
  if (trace !== undefined && !/\.(html|json)$/.test(trace))
    throw usageError('a trace is a page or JSON', { place: '--trace', expected: 'FILE.html or FILE.json', got: trace });
  if (args['on-false'] !== undefined && args.verify === undefined)
    throw usageError('--on-false is for steps that are checked', { hint: 'Name a detector with --verify' });
  return {
    chain,
    thinker,
    thinkerModel,
    verify: text('verify'),
    onFalse: text('on-false') === undefined ? undefined : choiceOption('on-false', text('on-false'), WAYS),
    maxCalls: numberOption('max-calls', text('max-calls'), { min: 1, max: 10_000, integer: true }),
    maxTokens: numberOption('max-chain-tokens', text('max-chain-tokens'), { min: 16, max: 10_000_000, integer: true }),
    trace,
  };
}

/** What the choice stands for, opened: models and detectors are put at the head of `held`. `tier`: what the model that looks is. */
export async function openChain(
  choice: ChainChoice,
  { held, tier, signal }: { held: Held; tier: 'own' | 'url' | 'recorded'; signal?: AbortSignal },
): Promise<ChainOptions> {
  const { chain, thinker, thinkerModel, verify, onFalse, maxCalls, maxTokens } = choice;
  const { grammarThinker, promptedThinker } = await import('../reason/chains/index.js');
  const options: ChainOptions = { chain, tier, maxCalls, maxTokens };
  if (thinker === 'grammar') options.thinker = grammarThinker();
  else if (thinker !== undefined) {
    const responder = await openResponder(thinker, { name: thinkerModel, held, signal });
    options.thinker = promptedThinker(responder, { tier: isAddress(thinker) ? 'url' : 'own', sees: false });
  }
  if (verify !== undefined) {
    const [{ openDetector }, { detectorVerifier }] = await Promise.all([import('./trust-detectors.js'), import('../trust/verifier.js')]);
    const detector = await openDetector(verify, { signal });
    held.unshift(detector);
    const ofPhotographs = verify.split(',').every((name) => DETECTOR_NAMES.includes(name.trim()));
    const vocabulary = ofPhotographs ? new Vocabulary(cocoObjects, cocoOther) : worldVocabulary();
    options.check = { verifier: detectorVerifier(detector), vocabulary, onFalse };
  }
  return options;
}

/** A model in a folder, or behind an address, as a responder. */
export async function openResponder(
  model: string,
  { name, adapters, held, signal }: { name?: string; adapters?: readonly string[]; held: Held; signal?: AbortSignal },
): Promise<PartialResponder> {
  if (isAddress(model)) {
    const { serverResponder } = await import('../evaluate/server-responder.js');
    return serverResponder({ url: model, model: name ?? model, apiKey: process.env.OPENAI_API_KEY });
  }
  const [{ Mllm }, { responderOf }] = await Promise.all([import('../generate/mllm.js'), import('../evaluate/responder.js')]);
  const loaded = await Mllm.load(await fetchModel(model, { signal }), { adapters, signal });
  held.unshift(loaded);
  const responder = await responderOf(loaded);
  held.unshift(responder);
  return responder;
}

/** Writes chains as the name of the file says. */
export async function writeTrace(
  file: string,
  chains: readonly ChainShown[],
  { title, command }: { title: string; command: string },
): Promise<void> {
  if (file.endsWith('.json')) {
    const plain = chains.map(({ chain, right, truth }) => ({ ...chain, ...(right === undefined ? {} : { right, truth }) }));
    await writeAtomic(file, `${JSON.stringify({ title, command, chains: plain }, null, 2)}\n`);
    return;
  }
  const { chainPage } = await import('../reason/chains/index.js');
  await writeAtomic(file, await chainPage(chains, { title, command }));
}
