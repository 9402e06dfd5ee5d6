// How an encoder-decoder sees: the vision program, and image rows among the embeddings of its source.

import { input, type Parameter, type Tensor } from '../graph/index.js';
import { type Frames, type ImageLimits, mediaKey, type RgbImage } from '../media/index.js';
import { openMedia, prepareMedia } from '../model/media.js';
import type { SequenceMedia } from '../model/sequence.js';
import type { BlipProcessor } from '../networks/families/blip/processor.js';
import type { Blip2Seq2Seq } from '../networks/index.js';
import { rowPositions } from '../networks/processor.js';
import { compile, type Program } from '../runtime/compile.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { type ChatMessage, mediaParts, type PromptIds } from '../text/index.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import type { PreparedSource } from './seq2seq-lm.js';

export interface EyesOptions {
  values: ReadonlyMap<Parameter, HostTensor>;
  runtime?: Runtime | RuntimeName;
  threads?: number;
  limits?: ImageLimits;
}

/** The part of a BLIP-2 over T5 that is not its language model. The program is compiled at the first image. */
export class SourceEyes {
  private compiled: Promise<Program> | undefined;
  /** What the encoder is fed where nothing is seen. */
  readonly closed: Readonly<Record<string, HostTensor>>;
  constructor(
    private readonly network: Blip2Seq2Seq,
    readonly processor: BlipProcessor,
    private readonly options: EyesOptions,
  ) {
    this.closed = { features: hostTensor('float32', [0, network.language_model.width]), image_positions: hostTensor('int32', [0]) };
  }

  /** Embeddings of a source with inputs `features` and `image_positions`. ids: int [batch, n] -> [batch, n, width]. */
  embed(ids: Tensor): Tensor {
    const features = input('features', ['image_rows', this.network.language_model.width]);
    return this.network.fuse(ids, features, input('image_positions', ['image_rows'], 'int32'));
  }

  /** Ids of a conversation with those of its image, which is not read. Errors: `model.images`. */
  prompt(messages: readonly ChatMessage[]): PromptIds {
    const { processor } = this;
    return processor.prompt(
      messages,
      mediaParts(messages).map(() => processor.everyImage),
    );
  }

  /** Texts and an image as the encoder takes them. Errors: `model.images`, `generate.context`, `media.*`. */
  async prepare(messages: readonly ChatMessage[], { ids, imageRuns }: PromptIds): Promise<PreparedSource> {
    const parts = mediaParts(messages);
    const { processor } = this;
    const media: (RgbImage | Frames)[] = [];
    for (const part of parts) media.push(await openMedia(part, { limits: this.options.limits, processor }));
    const [prepared] = prepareMedia(processor, media, messages);
    if (!prepared) return { ids };
    const at = Int32Array.from(rowPositions(prepared, imageRuns[0]?.[0] ?? 0));
    const key = mediaKey(media[0] as RgbImage) + (prepared.variant ?? '');
    return { ids, media: [{ at, key, feeds: prepared.feeds }] };
  }

  /** What the encoder is fed beside ids: the rows of the source's image and their places. */
  async feeds([image]: readonly SequenceMedia[]): Promise<Readonly<Record<string, HostTensor>>> {
    if (!image) return this.closed;
    const { features } = await (await this.program()).run({ ...(await image.feeds()) });
    return { features: features as HostTensor, image_positions: hostTensor('int32', [image.at.length], image.at) };
  }

  private program(): Promise<Program> {
    const { values, runtime, threads } = this.options;
    this.compiled ??= compile({ features: this.network.see() }, { frozen: values, runtime, threads, name: 'vision' });
    return this.compiled;
  }

  /** Frees the program. */
  async dispose(): Promise<void> {
    const [program] = await Promise.allSettled([this.compiled]);
    if (program.status === 'fulfilled') program.value?.dispose();
    this.compiled = undefined;
  }
}
