// The chat format of our own models: its special tokens, its template and the tokenizer config that goes with them.
/** Special tokens of our own models; their ids are their indices. `<|text|>` begins a plain document, `<|end|>` ends documents and turns. */
export const SPECIAL_TOKENS = ['<|pad|>', '<|end|>', '<|user|>', '<|assistant|>', '<|text|>', '<image>'];
/** tokenizer_config.json that goes with `SPECIAL_TOKENS`. */
export const DEFAULT_TOKENIZER_CONFIG = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: null,
    eos_token: '<|end|>',
    pad_token: '<|pad|>',
    image_token: '<image>',
    additional_special_tokens: ['<|user|>', '<|assistant|>', '<|text|>', '<image>'],
    add_bos_token: false,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
};
/** `<|user|>question<|end|><|assistant|>reply<|end|>`; a system message is a document before the conversation. */
export const DEFAULT_TEMPLATE = `{%- for message in messages -%}
{%- if message.role == 'user' -%}{{ '<|user|>' }}
{%- elif message.role == 'assistant' -%}{{ '<|assistant|>' }}
{%- elif message.role == 'system' -%}{{ '<|text|>' }}
{%- else -%}{{ raise_exception('this model knows the roles system, user and assistant, not ' + message.role) }}
{%- endif -%}
{%- if message.content is string -%}{{ message.content }}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type == 'image' -%}{{ '<image>' }}{%- else -%}{{ part.text }}{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{- '<|end|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}
`;
//# sourceMappingURL=default-template.js.map