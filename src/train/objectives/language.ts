// Next-token prediction over packed documents: how a language model is pretrained.

import { crossEntropy, input, type Parameter, type Tensor, weightedMean } from '../../graph/index.js';
import type { Llama } from '../../networks/index.js';
import { type Batch as Packed, packBatch, type Sample } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { HostTensor } from '../../util/host.js';
import { withAuxiliary } from '../auxiliary.js';
import type { Batch, Objective, ObjectiveGraph } from '../objective.js';

/** What stands for tokens in place of their own embeddings. */
export interface TokenEmbedding<S extends Sample> {
  /** Trained beside the network. */
  parameters: readonly Parameter[];
  /** ids: int32 [rows, length] -> [rows, length, width], with inputs that `feeds` fills. */
  embed(ids: Tensor): Tensor;
  feeds(packed: Packed, samples: readonly S[]): Record<string, HostTensor>;
}

export interface LanguageOptions<S extends Sample = Sample> {
  network: Llama;
  /** Rows and tokens of a batch. */
  rows: number;
  length: number;
  pad: number;
  /** Random access to documents; fresh indices are drawn for every batch. Longer ones than `length` are an error. */
  document(index: number): S;
  /** Documents drawn for one batch; those that find no place are left out. */
  perBatch: number;
  /** Loss of each token, [rows, length], from logits and targets. Default: cross entropy. */
  tokenLoss?: (logits: Tensor, targets: Tensor) => Tensor;
  /** For tokens that are more than their ids. */
  embedding?: TokenEmbedding<S>;
  describe?: Record<string, unknown>;
}

/** Packed documents of several segments; the loss covers what the samples' masks cover. */
export function languageObjective<S extends Sample>(o: LanguageOptions<S>): Objective {
  const { network, rows, length, embedding, tokenLoss = crossEntropy } = o;
  const trace = (): ObjectiveGraph => {
    const at = (name: string) => input(name, [rows, length], 'int32');
    const tokens = embedding ? embedding.embed(at('ids')) : network.embed(at('ids'));
    const hidden = network.sequence(tokens, { positions: at('positions'), segments: at('segments') });
    const each = tokenLoss(network.logits(hidden), at('targets'));
    return { loss: weightedMean(each, input('weights', [rows, length])) };
  };
  const batch = async (index: number): Promise<Batch> => {
    const taken = Array.from({ length: o.perBatch }, (_, i) => index * o.perBatch + i);
    const samples = taken.map((at) => o.document(at));
    const long = samples.findIndex((s) => s.ids.length > length);
    if (long >= 0)
      throw new SensoriumError('text.length', 'a document is longer than a row', {
        place: `row ${taken[long]}`,
        expected: `at most ${length} tokens`,
        got: String(samples[long]?.ids.length),
        hint: 'Encode it with maxLength, or in chunks',
      });
    const b = packBatch(samples, { rows, length, pad: o.pad });
    const withoutLoss = taken.filter((_, i) => samples[i]?.lossTokens === 0);
    const feeds = { ids: b.inputIds, targets: b.targets, weights: b.weights, positions: b.positionIds, segments: b.segmentIds };
    Object.assign(feeds, embedding?.feeds(b, samples));
    const counts = { tokens: b.lossTokens, items: b.placements.length, weight: b.lossTokens, rows: taken, withoutLoss };
    return { bucket: `${rows}x${length}`, feeds, ...counts };
  };
  return {
    name: 'language',
    trained: [...network.parameters(), ...(embedding?.parameters ?? [])],
    frozen: new Map<Parameter, HostTensor>(),
    graph: () => withAuxiliary(trace),
    batch,
    describe: o.describe,
  };
}
