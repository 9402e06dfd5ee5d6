// The text folder's public face.

export * from './add-tokens.js';
export * from './batch.js';
export { type AddedTokenJson, type TokenizerJson, type TrainBpeOptions, trainByteLevelBpe } from './bpe-train.js';
export * from './chat.js';
export { type ChatTemplates, readChatTemplates } from './chat-templates.js';
export * from './coordinates.js';
export { DecodeStream } from './decode-stream.js';
export { inspectSample } from './inspect.js';
export { type ChatLayout, endTokensOf, framedIds, frameText, NO_FRAME, type PromptIds, type TextFrame, textFrame } from './layout.js';
export {
  type ChatMessage,
  type ContentPart,
  checkMessages,
  isImagePart,
  isLearnt,
  type MediaPart,
  mediaParts,
  type RegionContent,
  regionsOfImages,
} from './messages.js';
export { type Modality, modalityOf, notTaken } from './modality.js';
export * from './sample.js';
export * from './thinking.js';
export {
  assertFits,
  coversAllBytes,
  type DecodeOptions,
  type EncodeOptions,
  type EncodingWithOffsets,
  type SpecialIds,
  type TextPiece,
  Tokenizer,
  type TokenizerConfig,
} from './tokenizer.js';
export * from './two-stage.js';
export { type AsideOptions, type Exceeded, encodeAside, shareText, writePromptAside } from './write-aside.js';
export { type WriteOptions, type WrittenPrompt, writePrompt } from './written.js';
