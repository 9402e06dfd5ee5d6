// What a text-only model's folder holds beside its network: tokenizer, end tokens, chat template, and how it frames plain text.

import type { GenerationConfig, Model } from '../model/index.js';
import type { ChatTemplate, Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { FILES } from '../util/model-files.js';

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

/** The parts of an opened model that deal with text. */
export function languageFolder({ tokenizer, template, generation }: Model): LanguageFolder {
  return { tokenizer, template, generation, endIds: generation.endIds };
}

/** The folder's tokenizer. Errors: `model.tokenizer` when there is none. */
export function requireTokenizer({ tokenizer }: LanguageFolder, dir: string): Tokenizer {
  if (tokenizer) return tokenizer;
  throw new SensoriumError('model.tokenizer', 'this model has no tokenizer, so it cannot read or write text', {
    place: dir,
    expected: FILES.tokenizer,
    hint: 'Add the file, or ask in token ids',
  });
}
