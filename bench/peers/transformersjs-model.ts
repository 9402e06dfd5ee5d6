// The benchmark's language model as transformers.js loads it: the usual decoder export, with key-value caches that grow by concatenation.

import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Int4Matrix, int4Rewrites } from '../../src/generate/index.js';
import {
  cachedAttention,
  cast,
  constant,
  gather,
  input,
  lower,
  max,
  type Parameter,
  rotaryTable,
  sum,
  type Tensor,
  trainingRewrites,
} from '../../src/graph/index.js';
import type { Llama } from '../../src/models/index.js';
import { encodeModel } from '../../src/onnx/codec.js';
import { type HostTensor, hostTensor } from '../../src/util/host.js';

/** Dimensions have the names that transformers.js looks for. input_ids, attention_mask and past_key_values.* -> logits of the last position and present.*. */
function graph(network: Llama): Record<string, Tensor> {
  const {
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    head_dim,
    max_position_embeddings: positions,
    rope_theta,
    hidden_size,
  } = network.config;
  const ids = input('input_ids', ['batch_size', 'sequence_length'], 'int64');
  const counts = sum(cast(input('attention_mask', ['batch_size', 'total_sequence_length'], 'int64'), 'float32'), -1);
  const lengths = cast(counts.sub(1), 'int32');
  const total = cast(max(counts), 'int32');
  const table = rotaryTable(positions, head_dim, rope_theta);
  const outputs: Record<string, Tensor> = {};
  const hidden = network.hidden(network.embed(ids), {
    attend: (q, k, v, layer) => {
      const past = (what: string): Tensor =>
        input(`past_key_values.${layer}.${what}`, ['batch_size', kvHeads, 'past_sequence_length', head_dim]);
      const r = cachedAttention({ q, k, v, pastKey: past('key'), pastValue: past('value'), lengths, total }, table, {
        heads,
        kvHeads,
        scale: 1 / Math.sqrt(head_dim),
      });
      outputs[`present.${layer}.key`] = r.key;
      outputs[`present.${layer}.value`] = r.value;
      return { out: r.out };
    },
  });
  // One sequence: the last of its rows.
  const last = gather(hidden.reshape([-1, hidden_size]), constant(hostTensor('int32', [1], [-1])));
  return { logits: network.logits(last).reshape([1, 1, network.config.vocab_size]), ...outputs };
}

/** Writes config.json and onnx/model(_q4).onnx with its data. The graph and the numbers are ours; nothing is packed or shared. */
export function writeTransformersJs(
  dir: string,
  network: Llama,
  values: ReadonlyMap<Parameter, HostTensor>,
  int4?: Map<Parameter, Int4Matrix>,
): void {
  mkdirSync(join(dir, 'onnx'), { recursive: true });
  const rewrites = int4 ? [...int4Rewrites({ values, pack: false, cache: int4 }), ...trainingRewrites] : trainingRewrites;
  const { model, frozen } = lower(graph(network), { name: 'decoder', rewrites, fed: new Set() });
  const file = int4 ? 'model_q4.onnx' : 'model.onnx';
  const out = openSync(join(dir, 'onnx', `${file}_data`), 'w');
  let offset = 0;
  const store = (data: ArrayBufferView): { location: string; offset: number; length: number } => {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const external = { location: `${file}_data`, offset, length: bytes.length };
    const padded = Buffer.alloc((4096 - (bytes.length % 4096)) % 4096);
    for (const part of [bytes, padded]) for (let at = 0; at < part.length; ) at += writeSync(out, part, at);
    offset += bytes.length + padded.length;
    return external;
  };
  try {
    const initializers = model.initializers.map((t) => {
      const parameter = frozen.get(t.name);
      if (parameter) return { ...t, external: store((values.get(parameter) as HostTensor).data) };
      if (!t.data || t.data.byteLength < 4096) return t;
      const { data, ...rest } = t;
      return { ...rest, external: store(data) };
    });
    const grown = model.outputs.map((o) =>
      o.name.startsWith('present') ? { ...o, shape: o.shape.map((d) => (d === 'past_sequence_length' ? 'total_sequence_length' : d)) } : o,
    );
    writeFileSync(join(dir, 'onnx', file), encodeModel({ ...model, initializers, outputs: grown }));
  } finally {
    closeSync(out);
  }
  const config = {
    ...network.config,
    bos_token_id: 0,
    eos_token_id: null,
    pad_token_id: 0,
    'transformers.js_config': { use_external_data_format: { 'model.onnx': 1, 'model_q4.onnx': 1 } },
  };
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
}
