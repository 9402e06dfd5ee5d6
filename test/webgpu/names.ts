// Golden families that write, by the names of their folders.

export const WRITERS = [
  ...['gemma', 'gemma3', 'lfm2', 'llama', 'llama-rope', 'mixtral', 'opt', 'qwen2', 'qwen3', 'smollm3', 't5', 'windows'],
  ...['blip-2', 'fuyu', 'gemma3-vl', 'idefics2', 'idefics3', 'instructblip', 'internvl', 'kosmos2', 'lfm2-vl', 'llava', 'llava-next'],
  ...['llava-onevision', 'paligemma', 'pixtral', 'qwen2-5-vl', 'qwen2-vl', 'qwen3-vl'],
] as const;
