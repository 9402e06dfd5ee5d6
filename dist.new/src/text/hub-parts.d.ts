import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
/** Parts of a tokenizer.json. */
export interface PartsJson {
    normalizer?: unknown;
    pre_tokenizer?: unknown;
    post_processor?: unknown;
    decoder?: unknown;
}
/** A tokenizer with the parts that are given and no others. Throws what the library throws for a part that it does not know. */
export declare function hubParts({ normalizer, pre_tokenizer, post_processor, decoder }: PartsJson): HubTokenizer;
