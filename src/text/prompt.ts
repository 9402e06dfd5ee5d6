// Messages as templates get them: marked with where they came from, content in the form that the template takes.

import { SensoriumError } from '../util/errors.js';
import { Blank, concat, Dict, marked, type Str, toValue, type Value } from './jinja/index.js';
import type { ChatMessage, ContentPart } from './messages.js';
import { notTaken } from './modality.js';
import type { Source } from './rendered.js';

/** How a template takes content. */
export interface ContentForms {
  /** As a string. */
  string: boolean;
  /** As parts, with placeholders for images. */
  parts: boolean;
  /** As parts that are all text. */
  textParts: boolean;
  /** The placeholders are for sounds, of a type of their own, and not for images. */
  sounds: boolean;
}

export interface Placeholders {
  image: string;
  /** Of models that take videos. */
  video: string | undefined;
  /** Of models that regions of images can be pointed out to: the tokens of one, in the text where it stands. */
  region?: string;
  place: string;
}

/** Names under which a message's thoughts are passed; transformers fills in the first two. */
const THOUGHTS = ['reasoning_content', 'thinking', 'reasoning'] as const;

/** A message without content answers a template that adds to it or splits it as an empty string would. */
class MessageDict extends Dict {
  override get(key: Value): Value | undefined {
    const found = super.get(key);
    return found === undefined && key === 'content' ? new Blank('undefined') : found;
  }
}

/**
 * One message: keys without a value are left out, as transformers leaves them out; `content: null` is None where a template asks and empty where
 * it is written. All strings but the role are marked with the message's number. Errors: `text.messages` for a video where the model takes none.
 */
export function messageValue(message: ChatMessage, index: number, forms: ContentForms, placeholders: Placeholders): Dict {
  const isContent = message.role === 'assistant';
  const source: Source = { message: index, isContent: false };
  const contentSource: Source = { message: index, isContent };
  const out = new MessageDict();
  const { content, ...rest } = message;
  const thought = THOUGHTS.map((key) => rest[key]).find((value) => value !== null && value !== undefined);
  const keys = thought === undefined ? Object.keys(message) : [...new Set(['thinking', ...Object.keys(message), 'reasoning_content'])];
  for (const key of keys) {
    const value =
      key === 'reasoning_content' && thought !== undefined ? thought : key === 'thinking' ? (rest[key] ?? thought) : message[key];
    if (key === 'role') out.set('role', message.role);
    else if (key === 'content') {
      if (content === null) out.set('content', new Blank('none'));
      else if (content !== undefined) out.set('content', contentValue(content, contentSource, forms, placeholders));
    } else if (value !== null && value !== undefined) out.set(marked(key, source), toValue(value, source));
  }
  return out;
}

function contentValue(
  content: string | readonly ContentPart[],
  source: Source,
  forms: ContentForms,
  { image, video, region, place }: Placeholders,
): Value {
  if (typeof content === 'string') {
    const whole = marked(content, source);
    return forms.string
      ? whole
      : [
          new Dict([
            ['type', 'text'],
            ['text', whole],
          ]),
        ];
  }
  if (video === undefined && content.some(({ type }) => type === 'video')) throw notTaken('videos', { place });
  if (region === undefined && content.some(({ type }) => type === 'region'))
    throw new SensoriumError('text.messages', 'this model takes no regions', {
      place,
      hint: 'Regions are read by models with a region encoder: adapters: [ferret()] or [osprey()]',
    });
  const medium = forms.sounds ? 'audio' : 'image';
  const kind = ({ type }: ContentPart): string => (type === 'text' || (type === 'video' && video !== image) ? type : medium);
  const isText = content.every(({ type }) => type === 'text' || type === 'region');
  if (forms.parts || (isText && forms.textParts))
    return content.map((part) => {
      // Not marked as content: like what the template itself writes, it makes special tokens.
      if (part.type === 'region')
        return new Dict([
          ['type', 'text'],
          ['text', region as string],
        ]);
      if (part.type !== 'text') return new Dict([['type', kind(part)]]);
      const { type: _, text, ...more } = part as { type: 'text'; text: string };
      return new Dict([['type', 'text'], ['text', marked(text, source)], ...(toValue(more, source) as Dict).entries()]);
    });
  return concat(
    content.map((part): Str => {
      if (part.type === 'text') return marked(part.text, source);
      return (part.type === 'region' ? region : kind(part) === 'video' ? video : image) as string;
    }),
  );
}
