// A whole reply from the pieces of a stream: its text, tokens, finish and, where JSON was asked for, its value.

import type { TokenChoice } from './processors/row.js';
import type { FinishReason, GenerateOptions, Piece } from './tokens.js';

/** A reply in text. */
export interface TextReply {
  text: string;
  /** What the model thought before, of models that mark it; not part of `text`, and of no history. */
  thinking?: string;
  /** With the most probable alternatives of each, where `topLogProbs` asks for them. */
  tokens: TokenChoice[];
  finish: FinishReason;
  /** What the text says, where `responseFormat` asks for JSON and the reply is complete: absent at 'length', or cut by a stop string. */
  value?: unknown;
}

/** Reads a stream to its end. */
export async function collectReply(pieces: AsyncIterable<Piece>, options: GenerateOptions): Promise<TextReply> {
  const reply: TextReply = { text: '', tokens: [], finish: 'stop' };
  for await (const piece of pieces) {
    reply.text += piece.text;
    if (piece.thinking !== undefined) reply.thinking = (reply.thinking ?? '') + piece.thinking;
    if (piece.token) reply.tokens.push(piece.token);
    if (piece.finish) reply.finish = piece.finish;
  }
  return withValue(reply, options);
}

/** Adds the value of a JSON reply. */
export function withValue<R extends TextReply>(reply: R, { responseFormat }: GenerateOptions): R {
  const isJson = responseFormat?.type === 'json_schema' || responseFormat?.type === 'json_object';
  if (!isJson || reply.finish !== 'stop') return reply;
  try {
    reply.value = JSON.parse(reply.text) as unknown;
  } catch (error) {
    // Only a stop string can end a reply in the middle of its form, and who gave it wants the text.
    if (!(error instanceof SyntaxError)) throw error;
  }
  return reply;
}
