// Samples of the scene world in the form that objectives take: pixels with an encoded conversation.

import { type ChatMessage, encodeChat, type Sample } from '../text/index.js';
import { type CaptionSample, captionRequest, type Dialogue, renderScene, type Scene, type Sprites } from '../world/index.js';
import type { AssemblyParts } from './assembly.js';
import type { ImageSample } from './objectives/instruct.js';

/** A source of captions or dialogues over scenes. */
export interface SceneSource {
  readonly length: number;
  readonly description: unknown;
  get(index: number): CaptionSample | Dialogue;
}

/** The conversation of a sample, its image in the first user message. */
export function conversation(sample: CaptionSample | Dialogue): ChatMessage[] {
  const turns =
    'turns' in sample
      ? sample.turns
      : [
          { role: 'user' as const, content: captionRequest(sample.language, sample.detail) },
          { role: 'assistant' as const, content: sample.text },
        ];
  return turns.map(({ role, content }, i) =>
    i === 0 ? { role, content: [{ type: 'image' }, { type: 'text', text: content }] } : { role, content },
  );
}

/** Random access to image samples; encoded conversations and pixels are made anew (they are cheap). */
export function imageSamples(
  source: SceneSource,
  parts: AssemblyParts,
  sprites: Sprites,
  maxLength: number,
): (index: number) => ImageSample {
  const { tokenizer, template, network } = parts;
  return (index) => {
    const found = source.get(index);
    const scene: Scene = found.scene;
    const sample: Sample = encodeChat(conversation(found), { tokenizer, template, imageTokens: network.imageTokens, maxLength });
    return { pixels: renderScene(scene, sprites), sample };
  };
}
