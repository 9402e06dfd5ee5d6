// What a text-only model's folder holds beside its network: tokenizer, end tokens, chat template, and how it frames plain text.

import { join } from 'node:path';
import { ChatTemplate, NO_FRAME, Tokenizer } from '../text/index.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { readJson, readText } from '../util/fs.js';
import { FILES } from '../weights/index.js';

export { framedIds, textFrame } from '../text/index.js';

/** The parts of a folder that deal with text; each may be absent. */
export interface LanguageFolder {
  tokenizer?: Tokenizer;
  template?: ChatTemplate;
  /** Ids that end a reply. */
  endIds: number[];
}

/** Reads what is there. `eos` is that of config.json, which generation_config.json overrides. */
export async function readLanguageFolder(dir: string, eos: number | readonly number[] | null | undefined): Promise<LanguageFolder> {
  const tokenizer = await ifThere(() => Tokenizer.fromFolder(dir));
  const generation = (await ifThere(() => readJson(join(dir, FILES.generation)))) as { eos_token_id?: unknown } | undefined;
  const ends = [generation?.eos_token_id ?? eos ?? tokenizer?.specialIds.eos ?? []].flat();
  const source = tokenizer && (await templateSource(dir, tokenizer));
  const word = (id: number | undefined): string | undefined => (id === undefined ? undefined : tokenizer?.token(id));
  const endIds = ends.filter((id): id is number => Number.isInteger(id));
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
  return { tokenizer, template, endIds };
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
