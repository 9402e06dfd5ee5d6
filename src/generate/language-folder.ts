// What a text-only model's folder holds beside its network: tokenizer, end tokens, chat template, and how it frames plain text.

import { join } from 'node:path';
import { ChatTemplate, NO_FRAME, Tokenizer } from '../text/index.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { readText } from '../util/fs.js';
import { FILES } from '../weights/index.js';
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
  const source = tokenizer && (await templateSource(dir, tokenizer));
  const word = (id: number | undefined): string | undefined => (id === undefined ? undefined : tokenizer?.token(id));
  const template =
    tokenizer && source !== undefined
      ? new ChatTemplate(source, {
          specialTokens: tokenizer.specialTokens.keys(),
          bosToken: word(tokenizer.specialIds.bos),
          eosToken: word(tokenizer.specialIds.eos),
          layout: { frame: NO_FRAME, endIds },
          place: dir,
        })
      : undefined;
  return { tokenizer, template, generation, endIds };
}

/** chat_template.jinja, or the template that older folders keep in tokenizer_config.json. */
async function templateSource(dir: string, tokenizer: Tokenizer): Promise<string | undefined> {
  const file = await ifThere(() => readText(join(dir, FILES.chatTemplate)));
  if (file !== undefined) return file;
  const inConfig = (tokenizer.config as { chat_template?: unknown }).chat_template;
  return typeof inConfig === 'string' ? inConfig : undefined;
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
