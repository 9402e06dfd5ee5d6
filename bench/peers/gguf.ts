// A small GGUF writer: the benchmark's language model as llama.cpp reads it (GGUF version 3, little-endian).

import { closeSync, openSync, writeSync } from 'node:fs';
import type { Int4Matrix } from '../../src/generate/index.js';
import type { Parameter } from '../../src/graph/index.js';
import type { Llama } from '../../src/models/index.js';
import type { HostTensor } from '../../src/util/host.js';
import { float32ToFloat16 } from '../../src/weights/index.js';

type Meta = string | number | { float: number } | readonly string[] | { int32: readonly number[] };
const ALIGN = 32;
const TYPE = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9 } as const;

/** Bytes that grow. */
class Bytes {
  private readonly parts: Buffer[] = [];
  length = 0;
  add(part: Buffer): this {
    this.parts.push(part);
    this.length += part.length;
    return this;
  }
  u32(v: number): this {
    const b = Buffer.alloc(4);
    b.writeUInt32LE(v);
    return this.add(b);
  }
  u64(v: number): this {
    const b = Buffer.alloc(8);
    b.writeBigUInt64LE(BigInt(v));
    return this.add(b);
  }
  f32(v: number): this {
    const b = Buffer.alloc(4);
    b.writeFloatLE(v);
    return this.add(b);
  }
  text(v: string): this {
    const b = Buffer.from(v);
    return this.u64(b.length).add(b);
  }
  meta(key: string, v: Meta): this {
    this.text(key);
    if (typeof v === 'string') return this.u32(TYPE.string).text(v);
    if (typeof v === 'number') return this.u32(TYPE.uint32).u32(v);
    if ('float' in v) return this.u32(TYPE.float32).f32(v.float);
    if ('int32' in v) {
      this.u32(TYPE.array).u32(TYPE.int32).u64(v.int32.length);
      return this.add(Buffer.from(Int32Array.from(v.int32).buffer));
    }
    this.u32(TYPE.array).u32(TYPE.string).u64(v.length);
    for (const s of v) this.text(s);
    return this;
  }
  all(): Buffer {
    return Buffer.concat(this.parts);
  }
}

/** Our blocks (neighbours share a byte) as Q4_0 (elements i and i + 16 share one; a half-precision scale before them). */
export function toQ40({ packed, scales }: Int4Matrix): Buffer {
  const out = Buffer.alloc(scales.data.length * 18);
  const halves = float32ToFloat16(scales.data);
  for (let b = 0; b < scales.data.length; b++) {
    out.writeUInt16LE(halves[b] as number, b * 18);
    const nibble = (i: number): number => {
      const byte = packed.data[b * 16 + (i >> 1)] as number;
      return i % 2 === 0 ? byte & 15 : byte >> 4;
    };
    for (let i = 0; i < 16; i++) out[b * 18 + 2 + i] = nibble(i) | (nibble(i + 16) << 4);
  }
  return out;
}

/** GGUF's name of a parameter of LlamaForCausalLM. */
function ggufName(name: string): string {
  const layer = /layers\.(\d+)\.(?:self_attn|mlp)?\.?(\w+?)(?:_proj)?\.weight$/.exec(name);
  if (!layer)
    return name.includes('embed_tokens') ? 'token_embd.weight' : name.includes('lm_head') ? 'output.weight' : 'output_norm.weight';
  const part: Record<string, string> = {
    q: 'attn_q',
    k: 'attn_k',
    v: 'attn_v',
    o: 'attn_output',
    gate: 'ffn_gate',
    up: 'ffn_up',
    down: 'ffn_down',
    input_layernorm: 'attn_norm',
    post_attention_layernorm: 'ffn_norm',
  };
  return `blk.${layer[1]}.${part[layer[2] as string]}.weight`;
}

/** Writes the model. Matrices that `int4` has go as Q4_0, the others as float32. The tokenizer is made of placeholders. */
export function writeGguf(
  file: string,
  network: Llama,
  values: ReadonlyMap<Parameter, HostTensor>,
  int4?: ReadonlyMap<Parameter, Int4Matrix>,
): void {
  const c = network.config;
  const tokens = Array.from({ length: c.vocab_size }, (_, i) => (i === 0 ? '<s>' : i === 1 ? '</s>' : `t${i}`));
  const meta: Record<string, Meta> = {
    'general.architecture': 'llama',
    'general.name': 'bench',
    'general.alignment': ALIGN,
    'general.file_type': int4 ? 2 : 0,
    'llama.context_length': c.max_position_embeddings,
    'llama.embedding_length': c.hidden_size,
    'llama.block_count': c.num_hidden_layers,
    'llama.feed_forward_length': c.intermediate_size,
    'llama.attention.head_count': c.num_attention_heads,
    'llama.attention.head_count_kv': c.num_key_value_heads,
    'llama.attention.layer_norm_rms_epsilon': { float: c.rms_norm_eps },
    'llama.rope.dimension_count': c.head_dim,
    'llama.rope.freq_base': { float: c.rope_theta },
    'llama.vocab_size': c.vocab_size,
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'default',
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.token_type': { int32: tokens.map((_, i) => (i < 2 ? 3 : 1)) },
    'tokenizer.ggml.merges': ['t 2'],
    'tokenizer.ggml.bos_token_id': 0,
    'tokenizer.ggml.eos_token_id': 1,
  };
  const parameters = network.parameters();
  const bytes = (p: Parameter): Buffer => {
    const q = int4?.get(p);
    if (q) return toQ40(q);
    const { data } = values.get(p) as HostTensor;
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  };
  const head = new Bytes().add(Buffer.from('GGUF')).u32(3).u64(parameters.length).u64(Object.keys(meta).length);
  for (const [key, v] of Object.entries(meta)) head.meta(key, v);
  const blobs = parameters.map(bytes);
  let offset = 0;
  parameters.forEach((p, i) => {
    head.text(ggufName(p.name)).u32(p.dims.length);
    for (const d of [...p.dims].reverse()) head.u64(d);
    head.u32(int4?.has(p) ? 2 : 0).u64(offset);
    offset += Math.ceil((blobs[i] as Buffer).length / ALIGN) * ALIGN;
  });
  const padding = (n: number): Buffer => Buffer.alloc((ALIGN - (n % ALIGN)) % ALIGN);
  const out = openSync(file, 'w');
  try {
    for (const part of [head.all(), padding(head.length), ...blobs.flatMap((b) => [b, padding(b.length)])])
      for (let at = 0; at < part.length; ) at += writeSync(out, part, at);
  } finally {
    closeSync(out);
  }
}
