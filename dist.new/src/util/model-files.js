// The names of the files in a model folder in Hugging Face layout.
/** File names of the layout. */
export const FILES = {
    config: 'config.json',
    weights: 'model.safetensors',
    index: 'model.safetensors.index.json',
    tokenizer: 'tokenizer.json',
    tokenizerConfig: 'tokenizer_config.json',
    preprocessor: 'preprocessor_config.json',
    processor: 'processor_config.json',
    generation: 'generation_config.json',
    chatTemplate: 'chat_template.jinja',
};
/** The files of an adapter's folder, in the layout of `peft`. */
export const ADAPTER_FILES = { config: 'adapter_config.json', weights: 'adapter_model.safetensors' };
//# sourceMappingURL=model-files.js.map