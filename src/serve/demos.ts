// Demonstrations of a request: `sensorium: {demos: {…}}` chooses from an index that the server was started with; a client names no path.

import { isRgbImage, openImage } from '../media/image.js';
import { type DemoBank, DemoPrompter } from '../reason/demos/index.js';
import { type ChatMessage, type ContentPart, mediaParts } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { ChatRequest } from './chat-schema.js';
import { ApiError, badRequest } from './errors.js';

/** What a request asks for. */
export type DemoWishes = NonNullable<NonNullable<ChatRequest['sensorium']>['demos']>;

/** The messages of a request with demonstrations, the number of their images, and where the reply ends. */
export interface ShownMessages {
  messages: ChatMessage[];
  images: number;
  stops: readonly string[];
}

/**
 * Puts demonstrations before the last question of a request. Errors: `ApiError` 400 with the field, for an index that there is not, a question
 * that cannot be compared, and more images than a request may have; those of files that changed since they were indexed are the server's own.
 */
export async function showDemos(
  banks: ReadonlyMap<string, DemoBank>,
  messages: readonly ChatMessage[],
  { index, shots = 4, seed, ...names }: DemoWishes,
  { room, images: takes, signal }: { room: number; images: boolean; signal: AbortSignal },
): Promise<ShownMessages> {
  const [[first = '', only] = []] = banks;
  const name = index ?? first;
  const bank = index === null || index === undefined ? only : banks.get(index);
  if (!bank)
    throw badRequest(banks.size === 0 ? 'This server has no demonstrations' : 'There is no index of this name', 'sensorium.demos.index', {
      code: banks.size === 0 ? 'unsupported_parameter' : 'invalid_value',
      ...(banks.size === 0
        ? { hint: 'Start it with --demos NAME=DIR' }
        : { expected: [...banks.keys()].join(', '), got: name.slice(0, 64) }),
    });
  const chosen = Object.fromEntries(Object.entries(names).filter(([, value]) => value !== null && value !== undefined));
  try {
    const prompter = new DemoPrompter({ bank, shots: shots ?? 4, seed: seed ?? 0, ...chosen });
    const found = await prompter.prompt(messages, signal);
    const count = imagesOf(found.messages) - imagesOf(messages);
    if (count > room)
      throw badRequest(`Demonstrations and question have more images than a request may have`, 'sensorium.demos.shots', {
        code: 'invalid_value',
        expected: `at most ${room} images of demonstrations`,
      });
    if (count > 0 && !takes) throw badRequest('This model does not take images', 'sensorium.demos', { code: 'unsupported_content' });
    const shown: ChatMessage[] = [];
    for (const message of found.messages) {
      if (!Array.isArray(message.content)) {
        shown.push(message);
        continue;
      }
      const parts: ContentPart[] = [];
      for (const part of message.content as readonly ContentPart[]) {
        if (part.type !== 'image' || isRgbImage(part.source)) {
          parts.push(part);
          continue;
        }
        parts.push({ type: 'image', source: await openImage(part.source as string, {}, signal) });
      }
      shown.push({ ...message, content: parts });
    }
    return { messages: shown, images: count, stops: prompter.template.stops ?? [] };
  } catch (error) {
    if (error instanceof ApiError || !(error instanceof SensoriumError) || error.code !== 'demos.option') throw error;
    const { summary, expected, got } = error;
    throw badRequest(summary, 'sensorium.demos', { code: 'invalid_value', expected, got });
  }
}

const imagesOf = (messages: readonly ChatMessage[]): number => mediaParts(messages).filter(({ type }) => type === 'image').length;
