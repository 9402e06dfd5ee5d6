// The interface of a template: how demonstrations and a query become the messages that a model is given.

import type { ChatMessage, ContentPart } from '../../../text/index.js';
import { type Demo, mediaIn, partsOf, textOf } from '../demo.js';

/** What is asked after the demos. */
export interface TemplateQuery {
  /** Images and words, in their order. */
  content: readonly ContentPart[];
  /** The messages before the question: system messages, and earlier turns. */
  before?: readonly ChatMessage[];
}

/** One template. Images are parts of messages: the model's own processor writes its placeholder for each. */
export interface DemoTemplate {
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  /** Where a reply ends: a model that continues the pattern writes these and more. */
  readonly stops?: readonly string[];
  write(demos: readonly Demo[], query: TemplateQuery): ChatMessage[];
}

/** The words of a demo: its own question, else those of the query. */
export const questionFor = (demo: Demo, query: TemplateQuery): string => demo.question || textOf(query.content);

/** The images of content, without its words. */
export const imagesOf = (content: readonly ContentPart[]): ContentPart[] => [...mediaIn(content)];

/** The content of a demo with a question: as the data have it, or its images before the words of the query. */
export const contentOf = (demo: Demo, query: TemplateQuery): ContentPart[] => {
  const question = questionFor(demo, query);
  return demo.question || question === '' ? [...demo.content] : [...demo.content, { type: 'text', text: question }];
};

/** Parts with neighboring texts joined, so that a template may write piece by piece. */
export function joined(pieces: readonly (string | ContentPart)[]): ContentPart[] {
  const parts: ContentPart[] = [];
  for (const piece of pieces.flatMap((one) => (typeof one === 'string' ? partsOf(one) : [one]))) {
    const last = parts.at(-1);
    if (piece.type === 'text' && last?.type === 'text') parts[parts.length - 1] = { type: 'text', text: `${last.text}${piece.text}` };
    else parts.push(piece);
  }
  return parts;
}

/** A template that writes everything into one user message, as a text to continue. */
export function pattern({ demo, query: last, ...row }: PatternRow): DemoTemplate {
  return {
    ...row,
    write: (demos, query) => {
      const pieces = [...demos.flatMap((one, at) => demo(one, query, demos.slice(0, at))), ...last(query, demos)];
      return [...(query.before ?? []), { role: 'user', content: joined(pieces) }];
    },
  };
}

/** A pattern of pieces of text and media. */
export interface PatternRow extends Omit<DemoTemplate, 'write'> {
  /** One demo, after those `before` it. */
  demo(demo: Demo, query: TemplateQuery, before: readonly Demo[]): readonly (string | ContentPart)[];
  /** The query after all demos, open for the reply. */
  query(query: TemplateQuery, demos: readonly Demo[]): readonly (string | ContentPart)[];
}

/** Messages as one text, `<image>` where an image stands: for tests, logs and `--show`. */
export function showMessages(messages: readonly ChatMessage[]): string {
  const show = (part: ContentPart): string => (part.type === 'text' ? String(part.text) : `<${part.type}>`);
  return messages.map(({ role, content }) => `${role}: ${partsOf(content).map(show).join('')}`).join('\n');
}
