// `vqa` and `caption`: a model that sees is asked about an image or a part of it; without one, `caption` lists what the detector finds.

import { z } from 'zod';
import type { RgbImage } from '../../media/index.js';
import { SensoriumError } from '../../util/errors.js';
import { captionRequest } from '../../world/index.js';
import { named, type ToolContext } from '../tool.js';
import { boxArgument, boxWithin, builtIn, type ToolParts } from './define.js';
import { findObjects } from './find.js';
import { type Attempt, inTurn, wayOf } from './in-turn.js';
import { cut } from './pixels.js';
import { article, plurals } from './words.js';

/** What a model that sees replies to a question. Errors: `agent.tool` for none; those of the model. */
export async function askModel(
  { equipment }: Pick<ToolParts, 'equipment'>,
  { image, question, maxTokens = 96 }: { image: RgbImage; question: string; maxTokens?: number },
  { budget }: ToolContext,
  signal?: AbortSignal,
): Promise<string> {
  const responder = await equipment.get('responder');
  budget.spend('replies');
  const content = [
    { type: 'image' as const, source: image },
    { type: 'text' as const, text: question },
  ];
  let reason: string | undefined;
  const onFailed = (_: number, why: string): void => {
    reason = why;
  };
  const [reply] = await responder.replies([[{ role: 'user', content }]], { maxTokens, signal, onFailed });
  if (!reply?.trim())
    throw new SensoriumError('agent.tool', 'the model gave no reply', { place: 'responder', got: reason ?? 'an empty reply' });
  return reply.trim();
}

/** What the detector finds as a sentence: "A dog and two cups." */
export async function listObjects(parts: ToolParts, image: RgbImage, context: ToolContext): Promise<string> {
  const { value } = await findObjects(parts, { image }, context);
  const counts = new Map<string, number>();
  for (const { label } of value.objects) counts.set(label, (counts.get(label) ?? 0) + 1);
  const names = [...counts].map(([label, n]) => (n === 1 ? article(label) : `${n} ${plurals(label)}`));
  if (names.length === 0) return '';
  const text = names.length === 1 ? (names[0] as string) : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** A caption of an image: the model's, else what the detector finds. Errors: `agent.tool` when neither can. */
export async function captionOf(parts: ToolParts, image: RgbImage, context: ToolContext, question = captionRequest('en', 'short')) {
  const { equipment } = parts;
  const ways: Attempt<string>[] = [];
  if (equipment.has('responder')) ways.push({ by: 'model', run: (signal) => askModel(parts, { image, question }, context, signal) });
  if (equipment.has('detectors')) ways.push({ by: 'detector', run: () => listObjects(parts, image, context) });
  return inTurn(ways, context, (text) => text !== '');
}

/** The answer of a model that sees. */
export const vqa = builtIn({
  name: 'vqa',
  description:
    'Asks a model that sees a question about an image. Its answer may be wrong: check it with detect or read where that is possible.',
  needs: ['responder'],
  input: z.object({ image: named('image'), question: z.string().min(1).max(1000) }),
  async run({ image, question }, context, parts) {
    const picture = context.workspace.get('image', image);
    return { answer: await askModel(parts, { image: picture, question }, context, context.signal) };
  },
});

/** A sentence about an image or a box of it. */
export const caption = builtIn({
  name: 'caption',
  description: 'Describes an image, or a box of it, in a sentence.',
  needs: [['responder', 'detectors']],
  input: z.object({ image: named('image'), box: boxArgument.optional() }),
  async run({ image, box }, context, parts) {
    const picture = context.workspace.get('image', image);
    const found = await captionOf(parts, box ? cut(picture, boxWithin(box, picture)) : picture, context);
    return { caption: found.value, ...wayOf(found) };
  },
});
