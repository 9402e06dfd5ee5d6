// Media of any encoder as ids and feeds: what `MediaReader` says of a medium, in the ids of the tokenizer.

import type { Frames, Points, RgbImage, Sound } from '../../../media/index.js';
import { notTaken, type Tokenizer } from '../../../text/index.js';
import type { EncodedMedium, ItemSizes, MediaReader } from '../../encoders/define.js';
import { feedsFrom, type MultimodalProcessor, modalitiesOf, type PreparedImage, type ProcessorSource } from '../../processor.js';
import type { EncoderMllm, EncoderMllmConfig } from './encoder-network.js';
import { withInstruction } from './instruction.js';

/** Where a tokenizer has no token for the end of a row of patches, a line break of the text is one. */
const ROW_END = '|NEWLINE|';

/** The processor of an encoder: one placeholder for media of every kind. */
export class EncoderProcessor implements MultimodalProcessor {
  readonly joins: boolean;
  readonly everyImage?: readonly number[];
  readonly videoTokenId?: number;
  readonly takesImages: boolean;
  readonly prepareVideo?: (frames: readonly RgbImage[], fps?: number) => PreparedImage;
  readonly prepareSound?: (sound: Sound) => PreparedImage;
  readonly preparePoints?: (points: Points) => PreparedImage;
  constructor(
    readonly imageTokenId: number,
    private readonly reader: MediaReader,
    private readonly sizes: ItemSizes,
    /** Ids that follow each line of a medium with lines. */
    private readonly rowEnd: readonly number[],
  ) {
    this.joins = reader.joins ?? true;
    if (reader.imageItems !== undefined) this.everyImage = new Array<number>(reader.imageItems * sizes.rows).fill(imageTokenId);
    this.takesImages = reader.image !== undefined;
    const { video, sound, points } = reader;
    if (video) {
      this.videoTokenId = imageTokenId;
      this.prepareVideo = (frames, fps) => this.ready(video.call(reader, { frames, fps } satisfies Frames));
    }
    if (sound) this.prepareSound = (medium) => this.ready(sound.call(reader, medium));
    if (points) this.preparePoints = (medium) => this.ready(points.call(reader, medium));
  }

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const read = this.reader.image?.bind(this.reader);
    if (!read) throw notTaken('images', { takes: modalitiesOf(this) });
    return images.map((image) => this.ready(read(image)));
  }

  private ready({ feeds, items = 1, rows = items * this.sizes.rows, lines, variant }: EncodedMedium): PreparedImage {
    const shared = { feeds: feedsFrom(feeds), ...(variant === undefined ? {} : { variant }) };
    if (!lines) return { ...shared, ids: new Array<number>(rows).fill(this.imageTokenId) };
    const ids: number[] = [];
    const places: number[] = [];
    for (const line of lines) {
      for (let i = 0; i < line; i++) places.push(ids.push(this.imageTokenId) - 1);
      ids.push(...this.rowEnd);
    }
    return { ...shared, ids, rows: places };
  }
}

/** The processor of a network. */
export function encoderProcessor(network: EncoderMllm, tokenizer: Tokenizer): EncoderProcessor {
  const end = tokenizer.tokenId(ROW_END);
  const sizes = network.itemSizes;
  const rowEnd = end === undefined ? [...tokenizer.encode('\n')] : [end];
  const plain = new EncoderProcessor(network.config.image_token_index, network.encoder.reader(sizes), sizes, rowEnd);
  return withInstruction(plain, { network, tokenizer });
}

/** The processor of a folder, which holds nothing of it beside config.json. */
export const encoderProcessorOf = async ({
  network,
  tokenizer,
}: ProcessorSource<EncoderMllm, EncoderMllmConfig>): Promise<EncoderProcessor> => encoderProcessor(network, tokenizer);
