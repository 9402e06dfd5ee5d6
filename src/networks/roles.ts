// What opens a supported model, for those who asked something else to do it.

import type { Family } from './family.js';

const OPENERS: Readonly<Record<Family['kind'], string>> = {
  causal: 'It writes text: open it with Mllm.load, or sensorium ask, chat and serve',
  seq2seq: 'It turns one text into another: open it with Mllm.load, or sensorium ask and serve',
  multimodal: 'It answers about images: open it with Mllm.load, or sensorium ask, chat and serve',
  encoder: 'It is an encoder, a part of other models, and writes no text',
};

const ENCODERS: Readonly<Record<string, string>> = {
  clip: 'A CLIP embeds texts and images: sensorium serve MODEL --embeddings CLIP, or ClipEmbedder.load',
  siglip: 'A SigLIP embeds texts and images: loadNetwork of sensorium/weights; its vision tower is a part of other models',
  imagebind:
    'An ImageBind embeds images, texts, sounds, depth, heat and motion: sensorium index and serve --embeddings, or ClipEmbedder.load',
  whisper: 'Of Whisper the encoder is read, as part of other models; it does not transcribe',
  clap: 'Of CLAP the audio tower is read, which embeds sounds',
  detector: 'It finds objects in images: sensorium trust MODEL --detector DIR, or TrainedDetector.load',
  generator: 'It draws images: sensorium draw "a red apple" --model DIR, or ImageGenerator.load',
  convnext: 'A ConvNeXT is read without its classifier, as part of other models',
};

/** How a model of this family is opened, as a hint. */
export function openedBy({ modelType, kind }: Pick<Family, 'modelType' | 'kind'>): string {
  const encoder = Object.keys(ENCODERS).find((name) => modelType.replace('sensorium_', '').startsWith(name));
  return (kind === 'encoder' && encoder !== undefined && ENCODERS[encoder]) || OPENERS[kind];
}
