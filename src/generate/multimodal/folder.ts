// A multimodal model's folder read whole: network and weights, tokenizer, processor, chat template.

import type { Parameter } from '../../graph/index.js';
import type { MultimodalNetwork } from '../../networks/index.js';
import { type MultimodalProcessor, processorOf } from '../../networks/processor.js';
import { assertFits, ChatTemplate, endTokensOf, Tokenizer, templateTokens, textFrame } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { HostTensor } from '../../util/host.js';
import { type ChatTemplates, FILES, type LoadedNetwork, loadNetwork, readChatTemplates } from '../../weights/index.js';
import { type GenerationConfig, readGenerationConfig } from '../generation-config.js';

/** What an `Mllm` is made of. */
export interface MllmParts {
  network: MultimodalNetwork;
  values: ReadonlyMap<Parameter, HostTensor>;
  tokenizer: Tokenizer;
  template: ChatTemplate;
  processor: MultimodalProcessor;
  /** Settings of generation_config.json, and the ids that end a reply. Default: the tokenizer's end alone. */
  generation?: GenerationConfig;
}

/** Reads a folder. Errors name the file and what is wrong with it. */
export async function readMultimodalFolder(dir: string, { signal }: { signal?: AbortSignal } = {}): Promise<MllmParts> {
  const { family, config, network, values } = (await loadNetwork(dir, {
    kinds: ['multimodal'],
    signal,
  })) as LoadedNetwork<MultimodalNetwork>;
  const tokenizer = await Tokenizer.fromFolder(dir);
  const processor = await processorOf(family, { dir, config, network, tokenizer });
  const image = imageToken(tokenizer, network, processor);
  const { source, toolUse, place } = await templatesOf(dir, processor);
  const generation = await readGenerationConfig({ dir, tokenizer, vocabSize: network.language_model.config.vocab_size });
  const endIds = ownEndFirst(generation.endIds, tokenizer);
  const word = (id: number | undefined): string | undefined => (id === undefined ? undefined : tokenizer.token(id));
  const template = new ChatTemplate(source, {
    specialTokens: tokenizer.specialTokens.keys(),
    imageToken: image,
    videoToken: word(processor.videoTokenId),
    tokens: templateTokens(tokenizer),
    toolTemplate: toolUse,
    endTokens: endTokensOf(tokenizer, { endIds }),
    layout: {
      frame: textFrame(tokenizer),
      endIds,
      adapt: processor.adapt?.bind(processor),
      sharesImageEdges: processor.sharesImageEdges,
      prompt: processor.prompt?.bind(processor),
      reply: processor.reply,
    },
    place,
  });
  return { network, values, tokenizer, template, processor, generation };
}

/** End ids, the tokenizer's own first: replies to train on end with it. */
function ownEndFirst(endIds: readonly number[], { specialIds: { eos } }: Tokenizer): number[] {
  return [...endIds.filter((id) => id === eos), ...endIds.filter((id) => id !== eos)];
}

/** The placeholder as the template writes it. Errors: `text.fit` when the tokenizer is another model's or has no such token. */
function imageToken(tokenizer: Tokenizer, network: MultimodalNetwork, { imageTokenId: id, marked = true }: MultimodalProcessor): string {
  const token = tokenizer.token(id);
  const isSpecial = token !== undefined && (!marked || tokenizer.specialTokens.has(token));
  // `<image>` with another id, or no token of the role at all, is for assertFits to tell.
  assertFits(tokenizer, { vocabSize: network.language_model.config.vocab_size, imageTokenId: isSpecial ? undefined : id });
  if (isSpecial) return token;
  throw new SensoriumError('text.fit', 'the tokenizer does not fit the model: its image token is an ordinary one', {
    place: tokenizer.place,
    expected: `a special token with the id ${id}`,
    got: token,
    hint: 'Mark it as special in added_tokens of tokenizer.json',
  });
}

/** The folder's templates, else the family's own. Errors: `text.template` when there is none. */
async function templatesOf(dir: string, processor: MultimodalProcessor): Promise<Pick<ChatTemplates, 'source' | 'toolUse' | 'place'>> {
  const found = await readChatTemplates(dir);
  if (found) return found;
  if (processor.template !== undefined) return { source: processor.template, place: dir };
  throw new SensoriumError('text.template', 'the model has no chat template', {
    place: dir,
    expected: `${FILES.chatTemplate}, chat_template.json, or chat_template in tokenizer_config.json`,
    hint: 'Add the file',
  });
}
