// Where the text of a reply ends: the request's stop strings, and the end of a call.

import { CALL_END } from '../text/tool-calls.js';
import type { EngineRequest } from './engine.js';

/** Stop strings are for text and do not cut calls that are forced; a single call among text ends the reply. */
export function stopsOf({ stop, tools, toolChoice = 'auto', singleCall = false }: EngineRequest): readonly string[] | undefined {
  if (toolChoice !== 'auto') return undefined;
  return tools && singleCall ? [...(stop ?? []), CALL_END] : stop;
}
