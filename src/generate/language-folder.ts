// What a text-only model's folder holds beside its network: tokenizer, end tokens, chat template, and how it frames plain text.

import { join } from 'node:path';
import { ChatTemplate, Tokenizer } from '../text/index.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { readText } from '../util/fs.js';
import { FILES } from '../weights/index.js';
import { type GenerationConfig, readGenerationConfig } from './generation-config.js';

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
  const source = tokenizer && (await templateSource(dir, tokenizer));
  const word = (id: number | undefined): string | undefined => (id === undefined ? undefined : tokenizer?.token(id));
  const template =
    tokenizer && source !== undefined
      ? new ChatTemplate(source, {
          specialTokens: tokenizer.specialTokens.keys(),
          bosToken: word(tokenizer.specialIds.bos),
          eosToken: word(tokenizer.specialIds.eos),
          place: dir,
        })
      : undefined;
  return { tokenizer, template, generation, endIds: generation.endIds };
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

interface TemplateItem {
  SpecialToken?: { id: string };
  Sequence?: { id: string };
}
interface PostProcessor {
  type: string;
  single?: TemplateItem[];
  special_tokens?: Record<string, { ids: number[] }>;
  processors?: PostProcessor[];
}

/** The special tokens that the tokenizer's post-processor puts around a text: LLaMA's <s> before, T5's </s> after. */
export function textFrame(tokenizer: Tokenizer): { before: readonly number[]; after: readonly number[] } {
  const json = tokenizer.json as unknown as { post_processor: PostProcessor | null };
  const top = json.post_processor;
  const frame = (top?.type === 'Sequence' ? (top.processors ?? []) : top ? [top] : []).find((p) => p.type === 'TemplateProcessing');
  const items = frame?.single ?? [];
  const text = items.findIndex((item) => item.Sequence);
  const ids = (some: TemplateItem[]): number[] =>
    some.flatMap((item) => (item.SpecialToken ? (frame?.special_tokens?.[item.SpecialToken.id]?.ids ?? []) : []));
  return { before: ids(items.slice(0, Math.max(text, 0))), after: ids(items.slice(text + 1)) };
}

/** Ids of a plain text in its frame. */
export function framedIds(tokenizer: Tokenizer, text: string): Int32Array {
  const { before, after } = textFrame(tokenizer);
  return Int32Array.from([...before, ...tokenizer.encode(text), ...after]);
}
