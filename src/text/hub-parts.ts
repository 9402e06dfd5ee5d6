// Single parts of a tokenizer.json, built by @huggingface/tokenizers, which builds whole tokenizers only.

import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';

/** A model without tokens, for parts that need none. */
const EMPTY_MODEL = { type: 'BPE', vocab: {}, merges: [] };

/** Parts of a tokenizer.json. */
export interface PartsJson {
  normalizer?: unknown;
  pre_tokenizer?: unknown;
  post_processor?: unknown;
  decoder?: unknown;
}

/** A tokenizer with the parts that are given and no others. Throws what the library throws for a part that it does not know. */
export function hubParts({ normalizer = null, pre_tokenizer = null, post_processor = null, decoder = null }: PartsJson): HubTokenizer {
  const parts = { normalizer, pre_tokenizer, post_processor, decoder };
  return new HubTokenizer({ ...parts, model: EMPTY_MODEL, added_tokens: [] }, { clean_up_tokenization_spaces: false });
}
