// Single parts of a tokenizer.json, built by @huggingface/tokenizers, which builds whole tokenizers only.
import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
/** A model without tokens, for parts that need none. */
const EMPTY_MODEL = { type: 'BPE', vocab: {}, merges: [] };
/** A tokenizer with the parts that are given and no others. Throws what the library throws for a part that it does not know. */
export function hubParts({ normalizer = null, pre_tokenizer = null, post_processor = null, decoder = null }) {
    const parts = { normalizer, pre_tokenizer, post_processor, decoder };
    return new HubTokenizer({ ...parts, model: EMPTY_MODEL, added_tokens: [] }, { clean_up_tokenization_spaces: false });
}
//# sourceMappingURL=hub-parts.js.map