// Models: encoders, connectors, language models, and mllm, which joins them.

export * from './adapters/index.js';
export * from './classifier.js';
export { type Closest, closestTo } from './closest.js';
export { BindNetwork, bindNetwork, bindNetworkConfig } from './connectors/bind-network.js';
export { setTokenBudget, type TokenBudget, type TokenReduction } from './connectors/budget.js';
export * from './connectors/c-abstractor.js';
export { type ConnectorSizes, type ConnectorSpec, connectorFrom, connectorKinds, defineConnector } from './connectors/define.js';
export * from './connectors/ldp.js';
export * from './connectors/mlp.js';
export * from './connectors/perceiver.js';
export { Prefixes, PrefixMapper, prefixes, prefixesConfig } from './connectors/prefixes.js';
export * from './connectors/qformer.js';
export { type QFormerConfig, qformerConfig } from './connectors/qformer-layers.js';
export * from './connectors/qformer-text.js';
export * from './connectors/qwen-vl.js';
export * from './connectors/token-resampler.js';
export * from './decode-graph.js';
export {
  type CacheShape,
  type EncoderDecoder,
  type KeysValues,
  paddingBias,
  Seq2SeqLanguage,
  type SourceSequence,
} from './encoder-decoder.js';
export * from './encoders/blip-vision.js';
export * from './encoders/clap.js';
export { type ClapAudioConfig, clapAudioConfig, clapConfig } from './encoders/clap-config.js';
export { ClapTokens, clapEncoder, clapEncoderConfig } from './encoders/clap-encoder.js';
export * from './encoders/clip.js';
export { clipEncoder, clipSpecOf, withClip } from './encoders/clip-encoder.js';
export * from './encoders/clip-text.js';
export * from './encoders/clip-vision.js';
export * from './encoders/convnext.js';
export { convNextVision } from './encoders/convnext-encoder.js';
export {
  type Arrangement,
  type BuiltEncoder,
  defineEncoder,
  type EncodedMedium,
  type EncoderConfig,
  type EncoderKind,
  type EncoderNetwork,
  type EncoderSpec,
  encoderConfig,
  encoderFrom,
  encoderKinds,
  type ItemSizes,
  type MediaReader,
} from './encoders/define.js';
export { Dinov2, type Dinov2Config, dinov2, dinov2Config } from './encoders/dinov2.js';
export { FramesNetwork, frames, framesConfig, gridMeans, spaceTimeMeans } from './encoders/frames.js';
export * from './encoders/idefics-vision.js';
export { interpolated, resizedImages } from './encoders/interpolated.js';
export { mixed } from './encoders/mixed.js';
export { patches } from './encoders/patches.js';
export {
  definePictureEncoder,
  type PictureKind,
  type PictureNetwork,
  pictureEncoder,
  pictureInput,
  picturePixels,
  pictureReader,
} from './encoders/pictures.js';
export { PointBert, pointBert, pointBertConfig } from './encoders/point-bert.js';
export { farthestPoints, groupPoints, nearestPoints, type PointGroups } from './encoders/point-groups.js';
export { siglipVision } from './encoders/siglip-encoder.js';
export * from './encoders/siglip-vision.js';
export { RowArrangement, rowFeeds, tiles } from './encoders/tiles.js';
export { twoResolutions } from './encoders/two-resolutions.js';
export * from './encoders/whisper.js';
export { WhisperTokens, whisperEncoder, whisperEncoderConfig } from './encoders/whisper-encoder.js';
export { windows } from './encoders/windows.js';
export { Bart, type BartConfig, bartConfig } from './families/bart/network.js';
export { Blip2, Blip2Seq2Seq, type BlipConfig, blip2Config, buildBlip, instructBlipConfig } from './families/blip/network.js';
export { Florence2, type Florence2Config, florence2Config } from './families/florence2/network.js';
export { Fuyu, type FuyuConfig, fuyuConfig } from './families/fuyu/network.js';
export { Gemma, Gemma2, type Gemma2Config, type GemmaConfig, gemma2Config, gemmaConfig } from './families/gemma/network.js';
export { Gemma3Text, type Gemma3TextConfig, gemma3TextConfig } from './families/gemma3/network.js';
export { Gemma3, type Gemma3Config, gemma3Config } from './families/gemma3-vl/network.js';
export * from './families/idefics2/network.js';
export * from './families/idefics3/network.js';
export { IMAGEBIND_MODALITIES, type ImageBindConfig, type ImageBindModality, imageBindConfig } from './families/imagebind/config.js';
export { ImageBind, type ImageBindInputs } from './families/imagebind/network.js';
export * from './families/index.js';
export { type InternVlConfig, internVlConfig } from './families/internvl/config.js';
export { InternVl } from './families/internvl/network.js';
export { Kosmos2, type Kosmos2Config, kosmos2Config } from './families/kosmos2/network.js';
export { buildLanguage, languageConfig } from './families/language-part.js';
export { Lfm2, type Lfm2Config, lfm2Config } from './families/lfm2/network.js';
export { Lfm2Vl, type Lfm2VlConfig, lfm2VlConfig } from './families/lfm2-vl/network.js';
export * from './families/llama/network.js';
export {
  type LlavaConfig,
  type LlavaNextConfig,
  type LlavaOnevisionConfig,
  llavaConfig,
  llavaNextConfig,
  llavaOnevisionConfig,
  tiesHead,
} from './families/llava/config.js';
export * from './families/llava/network.js';
export * from './families/llava/tiles-network.js';
export * from './families/mistral/network.js';
export * from './families/mixtral/network.js';
export { MultimodalCot, type MultimodalCotConfig, multimodalCotConfig } from './families/multimodal-cot/network.js';
export { Opt, type OptConfig, optConfig } from './families/opt/network.js';
export { PaliGemma, type PaliGemmaConfig, paliGemmaConfig } from './families/paligemma/network.js';
export { type PixtralConfig, pixtralConfig } from './families/pixtral/config.js';
export { Pixtral } from './families/pixtral/network.js';
export * from './families/qwen/network.js';
export * from './families/qwen-vl/network.js';
export { sectionedRotation } from './families/qwen-vl/rotation.js';
export { type Grid, qwenPlaces, qwenWindows, sameGroup } from './families/qwen-vl/vision.js';
export { type Qwen3VlConfig, qwen3VlConfig } from './families/qwen3-vl/config.js';
export { Qwen3Vl, Qwen3VlDecoder } from './families/qwen3-vl/network.js';
export { Qwen3VlProcessor } from './families/qwen3-vl/processor.js';
export { EncoderMllm, type EncoderMllmConfig, encoderMllmConfig } from './families/sensorium/encoder-network.js';
export * from './families/sensorium/network.js';
export { EncoderProcessor, encoderProcessor } from './families/sensorium/processor.js';
export * from './families/sensorium/specs.js';
export * from './families/sensorium-detector/network.js';
export { type UnifiedConfig, UnifiedNetwork, unifiedConfig } from './families/sensorium-unified/network.js';
export { vqImages } from './families/sensorium-unified/processor.js';
export * from './families/siglip/network.js';
export * from './families/smollm3/network.js';
export { type T5Config, t5Config } from './families/t5/layers.js';
export { type DecodeParts, T5 } from './families/t5/network.js';
export * from './families/whisper/network.js';
export * from './family.js';
export * from './generators/index.js';
export { lisa, MaskHead, type MaskHeadOptions, SEG_TOKEN } from './heads/lisa.js';
export { SamMaskDecoder, type SamMaskDecoderConfig } from './heads/sam-mask-decoder.js';
export { type AttentionStrategy, type SequenceOptions, windowOf } from './language/attention.js';
export { type CacheStrategy, withoutFusedAttention } from './language/cache.js';
export { type DecoderConfig, decoderConfig, decoderFields, windowFields } from './language/config.js';
export * from './language/decoder.js';
export { REACHING } from './language/reach.js';
export { type Rotation, ropeOf } from './language/rope.js';
export type { RopeScaling } from './language/rope-scaling.js';
export { moduleNames } from './module-names.js';
export * from './multimodal.js';
export * from './parse-config.js';
export * from './parts.js';
export { ferret, sampleRegion } from './regions/ferret.js';
export { coverage, osprey } from './regions/osprey.js';
export { REGION_COUNTS, REGION_TOKEN, RegionEncoder, type RegionSizes } from './regions/region-encoder.js';
export { openedBy } from './roles.js';
export { type SourceRows, VisionSeq2Seq } from './vision-seq2seq.js';
