// What kind of medium a part is, and the one error for a kind that a model does not take, wherever that is noticed.

import { SensoriumError } from '../util/errors.js';
import { isImagePart, type MediaPart } from './messages.js';

/** Kinds of media. */
export type Modality = 'images' | 'videos' | 'sounds' | 'points';

const ONE: Readonly<Record<Modality, string>> = { images: 'an image', videos: 'a video', sounds: 'a sound', points: 'points' };

/** The kind of a part. */
export function modalityOf(part: MediaPart): Modality {
  if (isImagePart(part)) return 'images';
  return part.type === 'video' ? 'videos' : part.type === 'audio' ? 'sounds' : 'points';
}

/** The error for a medium that a model does not take; `takes`: the kinds that it does. */
export function notTaken(kind: Modality, { place, takes }: { place?: string; takes?: readonly Modality[] } = {}): SensoriumError {
  return new SensoriumError('model.modality', `this model takes no ${kind}`, {
    place,
    expected: takes && ['text', ...takes].join(', '),
    got: ONE[kind],
    hint: kind === 'videos' && takes?.includes('images') !== false ? 'Send frames as images' : 'Ask a model that takes them',
  });
}
