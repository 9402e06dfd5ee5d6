// Models that are published but not supported, one row each: how a config names them, what they are, and the families here that do their work.

/** What a model is for; `what` completes "NAME is …". */
export type KnownKind = 'vision-language' | 'language' | 'seq2seq' | 'text-encoder' | 'vision' | 'joint' | 'audio' | 'speech' | 'generator';

/** A row: model types and class names that the pattern covers whole, a name, a kind, the nearest families first, a note. */
export type KnownModel = readonly [pattern: RegExp, name: string, kind: KnownKind, nearest?: readonly string[], note?: string];

/** Published sizes of the families that stand in for others, in billions of parameters (text and media together). */
export const PUBLISHED: Readonly<Record<string, { name: string; sizes: readonly number[] }>> = {
  qwen3_vl: { name: 'Qwen3-VL', sizes: [2, 4, 8, 32] },
  qwen2_5_vl: { name: 'Qwen2.5-VL', sizes: [3, 7, 32, 72] },
  qwen2_vl: { name: 'Qwen2-VL', sizes: [2, 7, 72] },
  smolvlm: { name: 'SmolVLM2', sizes: [0.256, 0.5, 2.2] },
  idefics3: { name: 'Idefics3', sizes: [8] },
  idefics2: { name: 'Idefics2', sizes: [8] },
  llava: { name: 'LLaVA-1.5', sizes: [7, 13] },
  llava_next: { name: 'LLaVA-NeXT', sizes: [7, 13, 34] },
  llava_onevision: { name: 'LLaVA-OneVision', sizes: [0.5, 7, 72] },
  internvl: { name: 'InternVL3', sizes: [1, 2, 8, 14, 38, 78] },
  gemma3: { name: 'Gemma 3', sizes: [4, 12, 27] },
  paligemma: { name: 'PaliGemma 2', sizes: [3, 10, 28] },
  lfm2_vl: { name: 'LFM2-VL', sizes: [0.45, 1.6, 3] },
  qwen2_audio: { name: 'Qwen2-Audio', sizes: [8.4] },
  fuyu: { name: 'Fuyu', sizes: [8] },
  'kosmos-2': { name: 'Kosmos-2', sizes: [1.7] },
  florence2: { name: 'Florence-2', sizes: [0.23, 0.77] },
  'blip-2': { name: 'BLIP-2', sizes: [3.7, 7.8, 12.2] },
  instructblip: { name: 'InstructBLIP', sizes: [4, 7.9, 14] },
  qwen3: { name: 'Qwen3', sizes: [0.6, 1.7, 4, 8, 14, 32] },
  qwen2: { name: 'Qwen2.5', sizes: [0.5, 1.5, 3, 7, 14, 32, 72] },
  llama: { name: 'LLaMA 3, SmolLM2', sizes: [0.135, 0.36, 1, 1.7, 3, 8, 70] },
  gemma2: { name: 'Gemma 2', sizes: [2, 9, 27] },
  gemma3_text: { name: 'Gemma 3', sizes: [0.27, 1] },
  smollm3: { name: 'SmolLM3', sizes: [3] },
  mistral: { name: 'Mistral', sizes: [7, 12, 24] },
  mixtral: { name: 'Mixtral', sizes: [47, 141] },
  opt: { name: 'OPT', sizes: [0.125, 1.3, 2.7, 6.7, 13, 30, 66] },
  bart: { name: 'BART', sizes: [0.14, 0.41] },
  t5: { name: 'Flan-T5', sizes: [0.08, 0.25, 0.78, 3, 11] },
  clip: { name: 'CLIP', sizes: [0.15, 0.43] },
  siglip: { name: 'SigLIP', sizes: [0.2, 0.88] },
  convnext: { name: 'ConvNeXT', sizes: [0.029, 0.089, 0.198] },
  whisper: { name: "Whisper's encoder", sizes: [0.039, 0.074, 0.244, 0.769, 1.55] },
  clap: { name: 'CLAP', sizes: [0.15] },
  imagebind: { name: 'ImageBind', sizes: [1.2] },
};

/** What each kind does, and who does it here where a row names nobody. */
export const KINDS: Readonly<Record<KnownKind, { does: string; nearest: readonly string[] }>> = {
  'vision-language': {
    does: 'answers about images',
    nearest: ['qwen2_5_vl', 'qwen3_vl', 'smolvlm', 'llava_onevision', 'qwen2_vl', 'idefics3', 'llava_next'],
  },
  language: { does: 'writes text', nearest: ['qwen3', 'qwen2', 'llama', 'smollm3', 'gemma3_text', 'mistral', 'mixtral'] },
  seq2seq: { does: 'turns one text into another', nearest: ['t5', 'bart'] },
  'text-encoder': { does: 'encodes text and writes none; short texts can be embedded', nearest: ['clip'] },
  vision: { does: 'encodes images', nearest: ['siglip', 'clip', 'convnext'] },
  joint: { does: 'embeds texts and images', nearest: ['clip', 'siglip'] },
  audio: { does: 'encodes sound', nearest: ['whisper', 'clap'] },
  speech: { does: 'recognizes or makes speech or music, which no model here does', nearest: [] },
  generator: { does: 'makes images, which no model here does', nearest: [] },
};

const vl = 'vision-language';
const moeVl = ['qwen2_5_vl', 'qwen2_vl', 'llava_onevision'];

/** All rows; the first that fits counts. */
export const KNOWN_MODELS: readonly KnownModel[] = [
  [/(?!gemma3_text$)\w+(?<!_to)_text/, 'The language model of a larger one', 'language'],
  // Vision-language: today's
  [/qwen3_vl(_moe|_text|_moe_text)|Qwen3VL(?!ForC|Model).*/, 'Qwen3-VL with experts', vl, ['qwen3_vl', ...moeVl]],
  [/qwen(3_[5-9]|4).*|Qwen(3_[5-9]|4).*/, 'Qwen3.5', vl, ['qwen3_vl', ...moeVl]],
  [/qwen[23](_5)?_omni.*|Qwen[23](_5)?Omni.*/, 'Qwen-Omni', vl],
  [/qwen_?vl|QWenLMHeadModel/, 'Qwen or Qwen-VL, the first', vl, ['qwen2_vl', 'qwen2_5_vl', 'qwen2']],
  [
    /internvl_(chat|vision)|intern_vit.*|InternVL(?!For|Model).*/,
    'InternVL in its first layout',
    vl,
    ['qwen2_5_vl', 'llava_onevision', 'smolvlm'],
    'The same weights in the layout that is read here are at OpenGVLab (InternVL3-1B-hf)',
  ],
  [/gemma4|gemma[34]_unified.*|gemma3n|Gemma(3n|4)ForConditionalGeneration/, 'Gemma 3n or 4', vl, ['gemma3', 'qwen2_5_vl', 'smolvlm']],
  [/shieldgemma2|diffusion_gemma/, 'A relative of PaliGemma', vl, ['paligemma', 'gemma3', 'smolvlm']],
  [/pixtral|PixtralVision.*|Pixtral.*/, 'Pixtral', vl, ['qwen2_5_vl', 'llava_next', 'idefics3']],
  [/mistral[34]|mistral_large4|Mistral[34].*/, 'Mistral 3 with images', vl, ['qwen2_5_vl', 'llava_next', 'idefics3']],
  [/phi3_v|Phi3VForCausalLM/, 'Phi-3-vision', vl],
  [/phi4mm|phi4_multimodal.*|Phi4M.*/, 'Phi-4-multimodal', vl],
  [/minicpm_?[vo].*|minicpm_ocr|MiniCPM[VO].*/, 'MiniCPM-V', vl],
  [/molmo\d?|Molmo.*/, 'Molmo', vl],
  [/florence_?2_.*|Florence2(?!ForConditionalGeneration).*/, 'a part of Florence-2', vl, ['florence2', 'kosmos-2', 'smolvlm']],
  [/multi_modality|deepseek_vl.*|deepseek_?ocr\d?|DeepseekVL.*|DeepseekOCR\w*|MultiModalityCausalLM/, 'DeepSeek-VL', vl],
  [/janus.*|Janus.*/, 'Janus', vl],
  [/moondream\d?|(Hf)?Moondream.*/, 'Moondream', vl, ['smolvlm', 'llava_onevision', 'qwen2_vl']],
  [/granite\d?_vision|granite_docling|Granite.*Vision.*/, 'Granite Vision', vl, ['llava_next', 'smolvlm', 'qwen2_5_vl']],
  [/glm(4|4_?\d|46|5)v.*|glm_ocr|glmga|glm5_next|Glm\d*v.*|GLM4V.*/, 'GLM-4V', vl],
  [/cog(vlm|agent)\w*|Cog(VLM|Agent).*/, 'CogVLM', vl, ['qwen2_5_vl', 'llava_next', 'idefics3']],
  [/mllama.*|Mllama.*/, 'LLaMA 3.2 Vision', vl, ['qwen2_5_vl', 'llava_next', 'idefics3']],
  [/llama4(_vision.*)?|Llama4ForConditionalGeneration/, 'LLaMA 4', vl, moeVl],
  [/llava_next_video|LlavaNextVideo.*/, 'LLaVA-NeXT-Video', vl, ['llava_next', 'llava_onevision', 'qwen2_5_vl']],
  [/video_?llava|VideoLlava.*|video_llama_\d/, 'Video-LLaVA', vl, ['llava_onevision', 'qwen2_5_vl', 'llava_next']],
  [
    /llava_(llama|mistral|mixtral|mpt)|Llava(Llama|Mistral|Mixtral|MPT|Mpt)ForCausalLM/,
    'LLaVA in its first layout',
    vl,
    ['llava', 'llava_next'],
    'The same weights in the layout that is read here are at llava-hf (llava-1.5-7b-hf, llava-v1.6-mistral-7b-hf)',
  ],
  [
    /llava_qwen\d?(_moe)?|LlavaQwen.*/,
    'LLaVA-OneVision in its first layout',
    vl,
    ['llava_onevision', 'qwen2_vl'],
    'The same weights in the layout that is read here are at llava-hf (llava-onevision-qwen2-0.5b-ov-hf)',
  ],
  [
    /llava_phi\w*|llava-phi\w*|LlavaPhi.*|tiny_?llava.*|TinyLlava.*|bunny.*|Bunny.*/,
    'LLaVA over a small model',
    vl,
    ['smolvlm', 'llava_onevision', 'llava'],
  ],
  [/vip_?llava|VipLlava.*|mobilevlm|MobileVLM.*|MobileLlama.*/, 'A relative of LLaVA', vl, ['llava', 'llava_next', 'llava_onevision']],
  [/idefics|IdeficsFor.*|open_?flamingo|otter|Otter.*/, 'Idefics or Flamingo, the first', vl, ['idefics2', 'idefics3', 'smolvlm']],
  [/idefics[23]_vision|smolvlm_vision/, 'the vision tower of Idefics', 'vision', ['siglip']],
  [/instructblipvideo|InstructBlipVideo.*/, 'InstructBLIP for videos', vl, ['instructblip', 'llava_onevision']],
  [/blip|Blip(For|Model).*|git|GitFor.*|vilt|ViltFor.*/, 'BLIP, GIT or ViLT', vl, ['blip-2', 'smolvlm', 'kosmos-2']],
  [/kosmos-?_?2[._]5|Kosmos2_5.*/, 'Kosmos-2.5', vl, ['kosmos-2', 'smolvlm']],
  [/ovis.*|Ovis.*|aria.*|Aria.*|aya_vision|AyaVision.*|cohere2_vision.*|Cohere2Vision.*|cohere_compass/, 'Ovis, Aria or Aya Vision', vl],
  [
    /kimi_(vl|k25).*|Kimi(VL|K25).*|ernie4?_?5?_vl.*|Ernie.*VL.*|step3.*|Step3.*|hunyuan_vl|hy_v4_vl.*|HunYuanVL.*/,
    'Kimi-VL, ERNIE-VL, Step or Hunyuan-VL',
    vl,
    moeVl,
  ],
  [
    /chameleon|Chameleon.*|emu\d|Emu\d.*|fast_?vlm|FastV.*|perception_lm.*|PerceptionLM.*|minimax_\w*vl\w*|MiniMaxVL.*/,
    'Chameleon, Emu, FastVLM or PLM',
    vl,
  ],
  [
    /hyperclovax_vision.*|HyperCLOVAX.*Vision.*|exaone4_5.*|nemotron_h_omni|nvlm.*|NVLM.*|eagle.*|Eagle.*|vila.*|Vila.*/,
    'HyperCLOVA X, EXAONE, NVLM or VILA',
    vl,
  ],
  [
    /.*ocr\d?|.*OCR\w*|got_ocr2|donut(?!-swin).*|Donut(?!Swin).*|vision-encoder-decoder|VisionEncoderDecoder.*|trocr|nougat|pix2struct|Pix2Struct.*|udop|pp_(chart2table|formulanet)/,
    'a reader of documents',
    vl,
    ['smolvlm', 'qwen2_5_vl', 'idefics3'],
  ],
  [
    /cosmos3.*|apertus1p5.*|dots3_note.*|evolla|inkling.*|muse_.*|pi0|modernvbert|col(pali|qwen2|idefics3|smolvlm).*|Col(Pali|Qwen2|Idefics3|SmolVLM).*/,
    'a model of images and text',
    vl,
  ],
  // Joint embeddings of texts and images
  [/siglip2.*|Siglip2.*/, 'SigLIP 2', 'joint', ['siglip', 'clip']],
  [/siglip_text_model|clip_text_model.*|CLIPText.*/, 'the text tower of CLIP or SigLIP alone', 'text-encoder', ['clip']],
  [/clip_vision_model|CLIPVision.*|CLIPForImageClassification/, 'the vision tower of CLIP alone', 'vision', ['clip', 'siglip']],
  [
    /align|altclip|chinese_clip.*|clipseg|metaclip_2|open_clip|mobileclip\w*|xclip|groupvit|flava|tipsv2|jina_?clip.*|JinaCLIP.*|(Align|AltCLIP|ChineseCLIP|CLIPSeg|MetaClip2).*|bridgetower|videoprism/,
    'a relative of CLIP',
    'joint',
  ],
  // Sound
  [
    /wav2vec2.*|Wav2Vec2.*|hubert|Hubert.*|wavlm|WavLM.*|unispeech.*|sew.*|data2vec-audio|audio-spectrogram-transformer|AST.*|parakeet\w*|moonshine\w*|Moonshine.*/,
    'an encoder of speech',
    'audio',
  ],
  [
    /qwen2_audio_\w+|Qwen2AudioEncoder|qwen3_asr|voxtral\w*|Voxtral.*|granite_speech\w*|audioflamingo3|ultravox|Ultravox.*|glmasr|kyutai\w*|canary\w*|cohere_asr/,
    'a language model that hears',
    'speech',
  ],
  [
    /seamless_m4t\w*|SeamlessM4T.*|speecht5|speech_to_text\w*|speech-encoder-decoder|bark|Bark.*|vits|Vits.*|musicgen\w*|Musicgen.*|encodec|mimi|csm|dia|parler_tts|vibevoice\w*|pop2piano|higgs_audio\w*|pocket_tts/,
    'a model for speech or music',
    'speech',
  ],
  [
    /UNet\w*|\w*Transformer2DModel|AutoencoderKL\w*|stable_?diffusion\w*|\w*Pipeline|\w*DiT\w*|vqgan|ddpm|flux\w*/,
    'a part of a diffusion pipeline',
    'generator',
  ],
  // Text
  [
    /(recurrent_|vault)gemma|(Recurrent|Vault)Gemma\w*|Gemma(3n|4)ForCausalLM/,
    'A relative of Gemma',
    'language',
    ['gemma3_text', 'qwen3', 'llama', 'qwen2'],
  ],
  [/phi\d?|phimoe|phi-msft|Phi\d?ForCausalLM|PhiMoE.*/, 'Phi', 'language'],
  [/qwen3_(moe|next)|Qwen3(Moe|Next).*/, 'Qwen3 with experts', 'language', ['qwen3', 'mixtral', 'qwen2']],
  [/qwen2_moe|Qwen2Moe.*/, 'Qwen2 with experts', 'language', ['qwen2', 'mixtral', 'qwen3']],
  [/llama4_text|Llama4ForCausalLM/, 'LLaMA 4 without images', 'language', ['mixtral', 'llama']],
  [
    /gpt2|openai-gpt|gpt_neo|gptj|codegen|gpt_bigcode|gpt-sw3|GPT2.*|GPTNeoFor.*|GPTJ.*/,
    'GPT-2 or a relative',
    'language',
    ['opt', 'llama', 'qwen3'],
  ],
  [
    /gpt_neox\w*|GPTNeoX.*|bloom|Bloom.*|falcon\w*|Falcon.*|RWFor.*|mpt|MPT.*|Mpt.*|stablelm\w*|StableLm.*|biogpt|xglm|XGLM.*/,
    'GPT-NeoX, Bloom, Falcon or a relative',
    'language',
  ],
  [
    /gpt_oss|GptOss.*|dbrx|Dbrx.*|deepseek_?v?\d*|Deepseek(V\d+)?ForCausalLM|kimi_\w+|minimax\w*|MiniMax.*|glm4_moe\w*|Glm4Moe.*|granitemoe\w*|GraniteMoe.*|olmoe|Olmoe.*|jetmoe|ernie4_5_moe|Ernie4_5_Moe.*|\w+_moe(_text)?|longcat_flash|bailing\w*|BailingMoe.*|hy_v\d\w*|mimo\w*|MiMo.*|flex_olmo/,
    'a mixture of experts',
    'language',
    ['mixtral', 'qwen3', 'qwen2'],
  ],
  [
    /mamba\d?|Mamba.*|rwkv\d*|Rwkv.*|jamba|Jamba.*|zamba\d?|bamba|lfm2_moe|lfm2_audio\w*|Lfm2(Moe|Audio).*|xlstm|nemotron_h\w*|(granite\w*|olmo_)hybrid|plamo\d?/,
    'a state-space or hybrid model',
    'language',
    ['llama', 'qwen3', 'qwen2'],
  ],
  [
    /olmo\d?|Olmo\d?For.*|granite\w*|Granite.*|cohere\w*|Cohere.*|glm4?|GlmFor.*|Glm4For.*|chatglm|ChatGLM.*|ministral\d?|Ministral.*|exaone\d?|Exaone.*|nemotron|arcee|seed_oss|SeedOss.*|apertus|Apertus.*|helium|smollm(?!3$)\w*|starcoder2|Starcoder2.*|internlm\d?|InternLM.*|baichuan|Baichuan.*|minicpm\d?|MiniCPM.*|ernie4_5|hunyuan\w*|bitnet|BitNet.*|diffllama|nanochat|persimmon|PersimmonFor.*|solar\w*|yi|aquila|xverse/,
    'a language model',
    'language',
  ],
  [/mt5|umt5|MT5.*|UMT5.*|longt5|LongT5.*|switch_transformers|t5gemma\d?|byt5|T5ForQuestionAnswering/, 'a relative of T5', 'seq2seq'],
  [
    /mbart|MBart.*|Bart(?!ForConditionalGeneration).*|pegasus\w*|Pegasus.*|bigbird_pegasus|marian|Marian.*|m2m_100|M2M100.*|nllb.*|led|fsmt|mvp|plbart|prophetnet|blenderbot.*|encoder-decoder/,
    'a model for translation or summaries',
    'seq2seq',
  ],
  [
    /(distil|ro|al|mo(bile)?|modern|nomic_|camem|flau|squeeze|con?v|eu?ro|ib?|roc_|megatron-)?bert.*|\w*Bert(For|Model)\w*|xlm.*|XLM.*|deberta.*|Deberta.*|electra|Electra.*|mpnet|MPNet.*|NewModel|gte|jina\w*|ernie\w*|esmc?\w*|fnet|funnel|layoutlm.*|luke|longformer|big_bird|canine|rembert|nystromformer|reformer|T5EncoderModel/,
    'a relative of BERT',
    'text-encoder',
  ],
  // Images alone
  [/dinov3.*|Dinov3.*|DINOv3.*/, 'DINO', 'vision'],
  [
    /(vit|deit|beit|swin|swinv2|levit|cvt|pvt|pvt_v2)|vit_\w+|ViT.*|DeiT.*|Beit.*|Swin.*|donut-swin|swiftformer|ijepa|imagegpt|hiera|mobilevit\w*|poolformer|focalnet|dinat|data2vec-vision|timm\w*|Timm.*|eva\w*/,
    'a vision transformer',
    'vision',
  ],
  [
    /convnextv2|ConvNextV2.*|dinov3_convnext|resnet|ResNet.*|regnet|bit|efficientnet|EfficientNet.*|mobilenet_v\d|hgnet_v2|textnet/,
    'a convolutional network',
    'vision',
    ['convnext', 'siglip'],
  ],
  [/sam\d?(_\w+)?|Sam\d?(HQ)?Model.*|edgetam\w*|fast_sam/, 'SAM, which segments images,', 'vision'],
  [
    /\w*[-_]?detr\w*|\w*Detr\w*|yolos?\w*|owl(vit|v2)|Owl.*|(mm-)?grounding-dino|GroundingDino.*|omdet-turbo|d_fine|table-transformer|pp_(doc|ocr|lc)\w*/,
    'a detector of objects',
    'vision',
    ['siglip', 'convnext', 'kosmos-2'],
  ],
  [
    /mask2?former|oneformer|segformer|Segformer.*|upernet|eomt\w*|depth_\w+|DepthAnything.*|dpt|DPT.*|zoedepth|glpn|prompt_depth_anything/,
    'a model for masks or depth',
    'vision',
  ],
];
