// A small random language model for the tests of the engine, and what it says when it is asked alone.

import { PackedTensor, type Parameter, quantizeBlocks, quantizeChannels } from '../../graph/index.js';
import { llama, Mixtral, mixtralConfig } from '../../networks/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { Rng } from '../../util/rng.js';
import { Decoder } from '../decoder.js';
import { Sampler } from '../sampling.js';
import type { EngineRequest } from './request.js';
import type { TokenEvent, TokenStream } from './token-stream.js';

/** Tokens that the model knows, and positions it has. */
export const VOCAB = 64;
export const POSITIONS = 160;

/**
 * Two layers, `heads` heads on half as many key-value heads, weights large enough that replies wander. `both`: weights in blocks and
 * in int8, as `quantize` writes them with int8 activations. `experts`: a mixture of so many, two for each token.
 */
export async function smallDecoder(
  o: { width?: number; heads?: number; quantize?: 'int4'; both?: boolean; experts?: number; runtime?: 'node' | Runtime } = {},
): Promise<Decoder> {
  const { width = 64, heads = 4, quantize, both = false, experts, runtime } = o;
  const network = (
    experts === undefined
      ? llama({ width, layers: 2, heads, kvHeads: heads / 2, vocabSize: VOCAB, positions: POSITIONS }).build()
      : mixture({ width, heads, experts })
  ).nameParameters();
  const rng = new Rng(5);
  const values = new Map<Parameter, HostTensor>(
    network.parameters().map((p) => {
      const data = new Float32Array(p.count);
      p.init(data, p.dims, rng);
      if (p.dims.length > 1) for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * 2;
      const value = hostTensor('float32', p.dims, data);
      if (!both || p.dims.length !== 2) return [p, value];
      const bits = p === network.model.embed_tokens.weight ? 8 : 4;
      const [blocks, channels] = [quantizeBlocks(value, { bits, block: 32 }), quantizeChannels(value)];
      return [p, new PackedTensor([p.dims[0] as number, p.dims[1] as number], { blocks, channels })];
    }),
  );
  return Decoder.create({ network, values, quantize, runtime });
}

function mixture({ width, heads, experts }: { width: number; heads: number; experts: number }): Mixtral {
  return new Mixtral(
    mixtralConfig.parse({
      ...{ vocab_size: VOCAB, hidden_size: width, intermediate_size: width, num_hidden_layers: 2, max_position_embeddings: POSITIONS },
      ...{ num_attention_heads: heads, num_key_value_heads: heads / 2, num_local_experts: experts },
    }),
  );
}

export interface Said {
  ids: number[];
  logProbs: number[];
}

/** What the plain decoder generates for a request, token by token, with nothing else around it. */
export async function alone(decoder: Decoder, r: EngineRequest): Promise<Said> {
  const cache = decoder.cache();
  const sampler = new Sampler(r);
  const said: Said = { ids: [], logProbs: [] };
  let logits = await decoder.step(cache, { ids: [Int32Array.from(r.ids ?? [])] });
  for (let left = r.maxTokens ?? 128; left > 0; left--) {
    const { id, logProb } = sampler.choose(logits.data, cache.logSums[0]);
    said.ids.push(id);
    said.logProbs.push(logProb);
    if (left > 1) logits = await decoder.step(cache, { ids: [[id]] });
  }
  return said;
}

/** Reads a stream to its end. */
export async function read(stream: TokenStream): Promise<Said & { last: TokenEvent | undefined }> {
  const said: Said = { ids: [], logProbs: [] };
  let last: TokenEvent | undefined;
  for await (const event of stream) {
    if (event.token) {
      said.ids.push(event.token.id);
      said.logProbs.push(event.token.logProb);
    }
    last = event;
  }
  return { ...said, last };
}

/** `count` requests of all lengths, greedy and drawn; every third shares a long beginning with the others of its kind. */
export function mixedRequests(count: number, seed = 1): EngineRequest[] {
  const rng = new Rng(seed);
  const shared = Array.from({ length: 40 }, () => rng.int(VOCAB));
  return Array.from({ length: count }, (_, i) => {
    const own = Array.from({ length: 1 + rng.int(i % 4 === 0 ? 90 : 12) }, () => rng.int(VOCAB));
    const ids = i % 3 === 0 ? [...shared, ...own.slice(0, 30)] : own;
    const sampling = i % 2 === 0 ? {} : { temperature: 0.9, topK: 20, topP: 0.95, seed: i };
    return { ids, maxTokens: 1 + rng.int(24), ...sampling };
  });
}
