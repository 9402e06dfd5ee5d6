// A constraint as a logits processor: forbids every token that the reply's form does not allow.

import { SensoriumError } from '../../util/errors.js';
import type { LogitsContext, LogitsProcessor } from '../processors/processor.js';
import type { Constraint, ConstraintState } from './constraint.js';

/** Keeps the states after each token, so that a longer, shorter or different reply costs only the tokens that are new. */
export class ConstraintLogitsProcessor implements LogitsProcessor {
  private ids: number[] = [];
  private states: ConstraintState[];
  /** The mask that was prepared. */
  private ready: { readonly state: ConstraintState; readonly mask: Uint32Array } | undefined;

  /** `endIds`: tokens that end a reply; allowed exactly where the form is complete. */
  constructor(
    readonly constraint: Constraint,
    readonly endIds: readonly number[],
  ) {
    this.states = [constraint.start];
  }

  prepare(context: LogitsContext, over: () => boolean): Promise<void> | undefined {
    const state = this.at(context);
    if (state.mask || this.ready?.state === state) return undefined;
    const keep = (mask: Uint32Array | undefined): void => {
      if (mask) this.ready = { state, mask };
    };
    const made = this.constraint.prepare(state, over);
    if (made instanceof Promise) return made.then(keep);
    keep(made);
    return undefined;
  }

  process(logits: Float32Array, context: LogitsContext): void {
    const state = this.at(context);
    const mask = this.ready?.state === state ? this.ready.mask : this.constraint.mask(state);
    const ends = this.endIds.map((id) => [id, logits[id]] as const);
    for (let i = 0; i < logits.length; i++) if (((mask[i >>> 5] ?? 0) & (1 << (i & 31))) === 0) logits[i] = Number.NEGATIVE_INFINITY;
    if (state.ends) for (const [id, value] of ends) if (value !== undefined) logits[id] = value;
  }

  ended(context: LogitsContext): boolean {
    const state = this.at(context);
    return state.ends && state.configs.length === 0;
  }

  fork(): ConstraintLogitsProcessor {
    const copy = new ConstraintLogitsProcessor(this.constraint, this.endIds);
    copy.ids = [...this.ids];
    copy.states = [...this.states];
    copy.ready = this.ready;
    return copy;
  }

  /** The state after the tokens of the context. Throws `constrain.token` when one of them is not allowed. */
  private at({ ids }: LogitsContext): ConstraintState {
    let same = 0;
    while (same < ids.length && same < this.ids.length && ids[same] === this.ids[same]) same++;
    this.ids.length = same;
    this.states.length = same + 1;
    for (let i = same; i < ids.length; i++) {
      const id = ids[i] as number;
      const next = this.constraint.advance(this.states[i] as ConstraintState, id);
      if (!next)
        throw new SensoriumError('constrain.token', 'the reply contains a token that its form does not allow', {
          got: `token ${id} at position ${i}`,
          hint: 'Forced tokens and responseFormat contradict each other.',
        });
      this.ids.push(id);
      this.states.push(next);
    }
    return this.states[ids.length] as ConstraintState;
  }
}
