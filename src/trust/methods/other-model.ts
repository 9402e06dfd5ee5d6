// Another model as a row: the same model after further training, an adapter, a rival.

import type { DecodingMethod, TrustModel } from './method.js';

/** A row for another model, by a name of one's own. */
export function otherModel(name: string, model: TrustModel, about = `The model '${name}', greedy.`): DecodingMethod {
  return { name, about, model: () => model };
}
