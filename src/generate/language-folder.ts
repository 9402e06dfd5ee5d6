// What a text-only model's folder holds beside its network: tokenizer, end tokens, chat template, and how it frames plain text.

import { join } from 'node:path';
import { ChatTemplate, NO_FRAME, Tokenizer } from '../text/index.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { FILES, readChatTemplates } from '../weights/index.js';
import { type GenerationConfig, readGenerationConfig } from './generation-config.js';

export { framedIds, textFrame } from '../text/index.js';

/** The parts of a folder that deal with text; each may be absent. */
export interface LanguageFolder {
  tokenizer?: Tokenizer;
  template?: ChatTemplate;
  /** Settings of generation_config.json. */
  generation: GenerationConfig;
  /** Ids that end a reply: those of `generation`. */
  endIds: readonly number[];
}

/** Reads what is there. Errors: `models.config` for a generation_config.json that does not fit, `text.*`. */
export async function readLanguageFolder(dir: string, vocabSize: number): Promise<LanguageFolder> {
  const tokenizer = await ifThere(() => Tokenizer.fromFolder(dir));
  const generation = await readGenerationConfig({ dir, tokenizer, vocabSize });
  const { endIds } = generation;
  const templates = tokenizer && (await readChatTemplates(dir));
  const template = tokenizer && templates ? ChatTemplate.forTokenizer(tokenizer, templates, dir, { frame: NO_FRAME, endIds }) : undefined;
  return { tokenizer, template, generation, endIds };
}

/** The folder's tokenizer. Errors: `generate.tokenizer` when there is none. */
export function requireTokenizer({ tokenizer }: LanguageFolder, dir: string): Tokenizer {
  if (tokenizer) return tokenizer;
  throw new SensoriumError('generate.tokenizer', 'this model has no tokenizer, so it cannot read or write text', {
    place: dir,
    expected: FILES.tokenizer,
    hint: 'Add the file, or ask in token ids',
  });
}
