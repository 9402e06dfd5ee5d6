// A shipped model with more positions than it was trained with: rotary positions have no weights, so training alone has to get used to them.

import { type OpenSpec, open } from '../../src/models.js';

/** `open(name)` whose language model reads `positions` tokens; the saved model has them in its config. */
export function withPositions(name: string, positions: number): OpenSpec {
  const spec = open(name);
  return {
    ...spec,
    describe: { ...spec.describe, positions },
    open: async (o) => {
      const model = await spec.open(o);
      (model.network as unknown as { config: { max_position_embeddings: number } }).config.max_position_embeddings = positions;
      (model.raw as Record<string, unknown>).max_position_embeddings = positions;
      return model;
    },
  };
}
