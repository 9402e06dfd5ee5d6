/** Special tokens of our own models; their ids are their indices. `<|text|>` begins a plain document, `<|end|>` ends documents and turns. */
export declare const SPECIAL_TOKENS: readonly ['<|pad|>', '<|end|>', '<|user|>', '<|assistant|>', '<|text|>', '<image>'];
/** tokenizer_config.json that goes with `SPECIAL_TOKENS`. */
export declare const DEFAULT_TOKENIZER_CONFIG: {
    tokenizer_class: string;
    bos_token: null;
    eos_token: string;
    pad_token: string;
    image_token: string;
    additional_special_tokens: string[];
    add_bos_token: boolean;
    add_eos_token: boolean;
    clean_up_tokenization_spaces: boolean;
};
/** `<|user|>question<|end|><|assistant|>reply<|end|>`; a system message is a document before the conversation. */
export declare const DEFAULT_TEMPLATE = "{%- for message in messages -%}\n{%- if message.role == 'user' -%}{{ '<|user|>' }}\n{%- elif message.role == 'assistant' -%}{{ '<|assistant|>' }}\n{%- elif message.role == 'system' -%}{{ '<|text|>' }}\n{%- else -%}{{ raise_exception('this model knows the roles system, user and assistant, not ' + message.role) }}\n{%- endif -%}\n{%- if message.content is string -%}{{ message.content }}\n{%- else -%}\n{%- for part in message.content -%}\n{%- if part.type == 'image' -%}{{ '<image>' }}{%- else -%}{{ part.text }}{%- endif -%}\n{%- endfor -%}\n{%- endif -%}\n{{- '<|end|>' -}}\n{%- endfor -%}\n{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}\n";
