// The texts of a generator as ids with the places that count: the same in training and in drawing.

import type { Tokenizer } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import type { GeneratorConfig } from './generator.js';

/** Texts made ready for the tower of a generator. */
export class GeneratorTexts {
  private readonly end: number;

  /** Errors: `model.architecture` for a generator without a text tower. */
  constructor(
    private readonly config: Pick<GeneratorConfig, 'condition_length' | 'text_config'>,
    private readonly tokenizer: Tokenizer,
  ) {
    const text = config.text_config;
    if (!text)
      throw new SensoriumError('model.architecture', 'this generator reads no text', {
        expected: 'a generator with text_config',
        hint: 'It draws what a language model leads it to: sensorium ask --images',
      });
    this.end = text.eos_token_id;
  }

  /**
   * ids: int32 [n, length], kept: float32 [n, length, 1], 1 on the tokens of a text and its end. An empty text is none: nothing of it is kept.
   * Case and a last full stop count for nothing. Errors: `text.length` for a text that does not fit.
   */
  batch(texts: readonly string[]): { ids: HostTensor<'int32'>; kept: HostTensor<'float32'> } {
    const { condition_length: length } = this.config;
    const ids = hostTensor('int32', [texts.length, length]);
    const kept = hostTensor('float32', [texts.length, length, 1]);
    for (const [i, text] of texts.entries()) {
      const plain = text
        .trim()
        .replace(/[.。]+$/, '')
        .toLowerCase();
      if (plain === '') continue;
      // Longer than any token: what is certainly too long is not tokenized.
      const own = plain.length > 64 * length ? undefined : this.tokenizer.encode(` ${plain}`);
      if (!own || own.length >= length)
        throw new SensoriumError('text.length', 'the text is too long for this generator', {
          expected: `at most ${length - 1} tokens`,
          got: own ? `${own.length} tokens` : `${plain.length} characters`,
          hint: 'Say it in fewer words',
        });
      ids.data.set(own, i * length);
      ids.data[i * length + own.length] = this.end;
      kept.data.fill(1, i * length, i * length + own.length + 1);
    }
    return { ids, kept };
  }
}
