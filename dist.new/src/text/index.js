// The text folder's public face.
export * from './add-tokens.js';
export * from './batch.js';
export { trainByteLevelBpe } from './bpe-train.js';
export * from './chat.js';
export { readChatTemplates } from './chat-templates.js';
export { DecodeStream } from './decode-stream.js';
export { inspectSample } from './inspect.js';
export { endTokensOf, framedIds, frameText, NO_FRAME, textFrame } from './layout.js';
export { checkMessages, isImagePart, isLearnt, mediaParts, } from './messages.js';
export * from './sample.js';
export { assertFits, coversAllBytes, Tokenizer, } from './tokenizer.js';
export { encodeAside, shareText, writePromptAside } from './write-aside.js';
export { writePrompt } from './written.js';
//# sourceMappingURL=index.js.map