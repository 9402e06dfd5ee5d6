// Hidden states of a sequence that is known whole: what heads behind a decoder read of a reply.

import { gather, input } from '../graph/index.js';
import type { Model } from '../model/index.js';
import { type CausalDecoder, MultimodalNetwork } from '../networks/index.js';
import { compile, type Program } from '../runtime/compile.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import type { GeneratorOptions } from './draw.js';

/** A sequence with the rows of its media. */
export interface KnownSequence {
  ids: Int32Array;
  /** [m, row width], and where each goes in `ids`. */
  features?: HostTensor<'float32'>;
  imagePositions?: Int32Array;
}

/** Lengths of programs: multiples of this. */
const STEP = 32;

/**
 * Hidden states behind the last norm of a decoder, as training has them. Programs have the length of a sequence, rounded up; what stands behind a place changes
 * nothing at it.
 */
export class HiddenStates {
  private readonly programs = new Map<string, Promise<Program>>();

  /** Errors: `model.extension` for a model whose tokens have several positions, and for an encoder-decoder. */
  constructor(
    private readonly model: Model,
    private readonly options: GeneratorOptions = {},
  ) {
    const { positionKinds } = this.language;
    if (positionKinds === 0) return;
    throw new SensoriumError('model.extension', 'the states of this kind of model cannot be read behind a reply', {
      place: model.dir,
      expected: 'a decoder whose tokens have one position each',
      got: positionKinds === undefined ? 'an encoder-decoder' : `${positionKinds} positions`,
    });
  }

  private get language(): CausalDecoder {
    const { network } = this.model;
    return ('language_model' in network ? network.language_model : network) as CausalDecoder;
  }

  /** The states at `places` of a sequence: [places, width]. Errors: `generate.context` for a sequence that is too long. */
  async at({ ids, features, imagePositions }: KnownSequence, places: readonly number[]): Promise<HostTensor<'float32'>> {
    const most = this.language.config.max_position_embeddings;
    if (ids.length > most)
      throw new SensoriumError('generate.context', 'the sequence is longer than the context', {
        expected: `at most ${most} tokens`,
        got: String(ids.length),
      });
    const length = Math.min(most, Math.ceil(ids.length / STEP) * STEP);
    const rows = imagePositions?.length ?? 0;
    const whole = hostTensor('int32', [1, length]);
    whole.data.set(ids);
    const program = await this.program(length, rows, places.length);
    const { y } = await program.run({
      ids: whole,
      places: hostTensor('int32', [places.length], Int32Array.from(places)),
      ...(rows > 0 ? { features: features as HostTensor, image_positions: hostTensor('int32', [rows], imagePositions as Int32Array) } : {}),
    });
    return y as HostTensor<'float32'>;
  }

  private program(length: number, rows: number, places: number): Promise<Program> {
    const name = `states${length}x${rows}x${places}`;
    const known = this.programs.get(name);
    if (known) return known;
    const { network, values } = this.model;
    const { language } = this;
    const ids = input('ids', [1, length], 'int32');
    const media =
      rows > 0 ? ([input('features', [rows, language.rowWidth]), input('image_positions', [rows], 'int32')] as const) : undefined;
    const hidden =
      network instanceof MultimodalNetwork ? network.hidden(ids, media?.[0], media?.[1]) : language.sequence(language.embed(ids));
    const y = gather(hidden.reshape([length, language.width]), input('places', [places], 'int32'));
    const made = compile({ y }, { frozen: values, name, ...this.options });
    this.programs.set(name, made);
    return made;
  }

  /** Frees the programs. */
  async dispose(): Promise<void> {
    const programs = await Promise.allSettled(this.programs.values());
    this.programs.clear();
    for (const p of programs) if (p.status === 'fulfilled') p.value.dispose();
  }
}
