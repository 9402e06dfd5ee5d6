// Images that a model writes as codes: behind the token that begins an image nothing but codes is generated, as many as an image has, and decoded.

import { input } from '../graph/index.js';
import type { RgbImage } from '../media/index.js';
import type { Model } from '../model/index.js';
import type { UnifiedNetwork } from '../networks/index.js';
import { compile, type Program } from '../runtime/compile.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { type DrawOptions, type GeneratorOptions, toImage } from './draw.js';
import { generateIds } from './ids.js';
import { PrefixConstrainedLogitsProcessor } from './processors/bans.js';
import type { DrawSource, RepliedSequence, ReplyPainter } from './reply-images.js';

/** The painter of a decoder over words and codes. Errors of `draw`: `generate.context` where the context has no room for an image. */
export function codePainter(model: Model, network: UnifiedNetwork, { runtime, threads }: GeneratorOptions = {}): ReplyPainter {
  const { image_tokenizer: vq, config } = network;
  const { first_code_index: first, image_begin_index: begin, vq_config } = config;
  const { tokenizer, parts } = model.processor;
  const [stop, end] = [begin, config.image_end_index].map((id) => tokenizer.token(id) as string) as [string, string];
  const all = Array.from({ length: vq_config.num_embeddings }, (_, i) => first + i);
  const isCode = new PrefixConstrainedLogitsProcessor(() => all);
  let decoder: Promise<Program> | undefined;

  /** Codes of the image that a reply begins. */
  const codesOf = async ({ prompt, reply }: RepliedSequence, source: DrawSource, o: DrawOptions): Promise<Int32Array> => {
    const ids = Int32Array.from([...prompt.ids, ...reply.slice(0, reply.indexOf(begin) + 1)]);
    const policy = await source.policy();
    const room = policy.room({ ...prompt, ids });
    if (room < vq.codes)
      throw new SensoriumError('generate.context', 'the context has no room for an image', {
        place: parts.dir,
        expected: `room for ${vq.codes} codes`,
        got: `${Math.max(room, 0)} positions`,
        hint: 'Send fewer messages or images',
      });
    const { temperature = 0, seed = 0, signal } = o;
    // The model's own settings are those of words.
    const frame = { prompt: { ...prompt, ids }, config: { endIds: [], processors: {}, sampling: {}, beams: {}, stop: [], ignored: [] } };
    const codes: number[] = [];
    for await (const { id } of generateIds(policy, frame, { maxTokens: vq.codes, temperature, seed, processors: [isCode], signal }))
      codes.push(id - first);
    return Int32Array.from(codes);
  };

  return {
    hidden: [stop, end],
    stop,
    async draw(replied, source, options) {
      if (!replied.reply.includes(begin)) return [];
      const codes = await codesOf(replied, source, options);
      decoder ??= compile(
        { y: vq.decode(input('codes', [1, vq.codes], 'int32')) },
        { frozen: model.values, runtime, threads, name: 'codes' },
      );
      const { y } = await (await decoder).run({ codes: hostTensor('int32', [1, vq.codes], codes) });
      return [toImage((y as HostTensor<'float32'>).data, vq_config.image_size)] satisfies RgbImage[];
    },
    async dispose() {
      const [program] = await Promise.allSettled([decoder]);
      if (program.status === 'fulfilled') program.value?.dispose();
      decoder = undefined;
    },
  };
}
