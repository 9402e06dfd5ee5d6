// What a text-only model's folder holds beside its network: tokenizer, end tokens, chat template, and how it frames plain text.

import { join } from 'node:path';
import { ChatTemplate, Tokenizer } from '../text/index.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import { FILES, readChatTemplates } from '../weights/index.js';

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
  const templates = tokenizer && (await readChatTemplates(dir));
  const template = tokenizer && templates ? ChatTemplate.forTokenizer(tokenizer, templates) : undefined;
  return { tokenizer, template, endIds: ends.filter((id): id is number => Number.isInteger(id)) };
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
