// For tests: an embedder by mean color, plain pictures of one color, and responders that tell what they were asked.

import type { PartialResponder } from '../../evaluate/responder.js';
import type { RgbImage } from '../../media/index.js';
import type { ChatMessage } from '../../text/index.js';
import { type Demo, makeDemo, mediaIn } from './demo.js';
import type { DemoEmbedder } from './vectors.js';

const COLORS = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255] } as const;
const WIDTH = 4;

/** A picture of one color, `mark` in its first pixel. */
export function plain(rgb: readonly number[], mark = 0): RgbImage {
  const data = Uint8Array.from({ length: 48 }, (_, i) => rgb[i % 3] as number);
  data[0] = mark;
  return { width: 4, height: 4, data };
}

/** Images by their mean color, texts by the color words in them; a constant fourth axis, so that nothing is zero. `asked` counts inputs. */
export function colorEmbedder(): DemoEmbedder & { asked: { images: number; texts: number } } {
  const asked = { images: 0, texts: 0 };
  const unit = (v: number[]): Float32Array => {
    const length = Math.hypot(...v);
    return Float32Array.from(v, (x) => x / length);
  };
  return {
    name: 'colors',
    side: WIDTH,
    asked,
    async images(images) {
      asked.images += images.length;
      const mean = (data: Uint8Array, c: number): number =>
        data.reduce((sum, v, i) => sum + (i % 3 === c ? v : 0), 0) / (data.length / 3) / 255;
      return { vectors: images.map(({ data }) => unit([mean(data, 0), mean(data, 1), mean(data, 2), 0.1])) };
    },
    async texts(texts) {
      asked.texts += texts.length;
      return {
        vectors: texts.map((text) => unit([...Object.keys(COLORS).map((word) => (text.includes(word) ? 1 : 0)), 0.1])),
      };
    },
  };
}

/** Pictures of a color with captions. */
export const colorDemos = (): Demo[] =>
  [
    ['a red square', [250, 0, 0]],
    ['a green square', [0, 250, 0]],
    ['a blue square', [0, 0, 250]],
    ['something dark red', [180, 20, 20]],
    ['a picture of purple', [200, 0, 200]],
  ].map(([answer, rgb], i) => makeDemo([{ type: 'image', source: plain(rgb as number[]) }], answer as string, `row ${i}`));

/** A question about a picture of one color. */
export const askAbout = (rgb: readonly number[], question = 'What is it?'): ChatMessage[] => [
  {
    role: 'user',
    content: [
      { type: 'image', source: plain(rgb, rgb[0] as number) },
      { type: 'text', text: question },
    ],
  },
];

/** Keeps what it is asked and replies by a function. */
export function listener(reply: (messages: readonly ChatMessage[]) => string): PartialResponder & { asked: (readonly ChatMessage[])[] } {
  const asked: (readonly ChatMessage[])[] = [];
  return {
    asked,
    async replies(conversations, { onReply }) {
      return conversations.map((messages, place) => {
        asked.push(messages);
        const text = reply(messages);
        onReply?.({ place, reply: text });
        return text;
      });
    },
  };
}

/** The pixels of the first image of a message; none of a message without. */
export function pixelsIn(message: ChatMessage | undefined): ArrayLike<number> {
  const [image] = message ? mediaIn(message.content) : [];
  return (image?.source as RgbImage | undefined)?.data ?? [];
}
