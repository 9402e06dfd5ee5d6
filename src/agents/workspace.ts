// The workspace of an agent: pictures, sounds and tables under short names, which is how text can speak of them (the file names of MM-REACT).

import type { RgbImage } from '../media/index.js';
import { SensoriumError } from '../util/errors.js';

/** A sound as samples in [-1, 1] of one channel. */
export interface SoundValue {
  samples: Float32Array;
  /** Hz. */
  rate: number;
}

/** A mask of an image: one byte a pixel, 0 or 1, in rows. */
export interface MaskValue {
  width: number;
  height: number;
  data: Uint8Array;
}

/** What lies in a workspace. */
export type Item =
  | { kind: 'image'; value: RgbImage; origin: string }
  | { kind: 'sound'; value: SoundValue; origin: string }
  | { kind: 'mask'; value: MaskValue; origin: string };

type Value<K extends Item['kind']> = Extract<Item, { kind: K }>['value'];

const bytesOf = ({ kind, value }: Item): number => (kind === 'sound' ? value.samples.byteLength : value.data.length);

/** Pictures and sounds by name: `image_1`, `sound_1`, `mask_1` in the order in which they came. */
export class Workspace {
  private readonly items = new Map<string, Item>();
  private readonly counts = new Map<Item['kind'], number>();
  private bytes = 0;

  /** `maxBytes`: what all items may take together; default 512 MiB. */
  constructor(private readonly maxBytes = 2 ** 29) {}

  /** Puts an item in and gives its name. `origin` tells where it comes from: a file, a call. Errors: `agent.budget` above `maxBytes`. */
  put<K extends Item['kind']>(kind: K, value: Value<K>, origin: string): string {
    const item = { kind, value, origin } as Item;
    const bytes = bytesOf(item);
    if (this.bytes + bytes > this.maxBytes)
      throw new SensoriumError('agent.budget', 'the workspace is full', {
        place: origin,
        expected: `at most ${this.maxBytes} bytes together`,
        got: `${this.bytes + bytes}`,
      });
    this.bytes += bytes;
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    const name = `${kind}_${count}`;
    this.items.set(name, item);
    return name;
  }

  /** The item of that name and kind. Errors: `agent.argument`, with the names that there are. */
  get<K extends Item['kind']>(kind: K, name: string): Value<K> {
    const item = this.items.get(name);
    if (item?.kind !== kind)
      throw new SensoriumError('agent.argument', `there is no ${kind} of this name`, {
        place: name,
        expected: this.names(kind).join(', ') || `a name of a ${kind}; there is none yet`,
        got: item ? `a ${item.kind}` : 'nothing',
      });
    return item.value as Value<K>;
  }

  /** Takes an item out; its name is not given again. */
  remove(name: string): void {
    const item = this.items.get(name);
    if (item) this.bytes -= bytesOf(item);
    this.items.delete(name);
  }

  /** Bytes that all items take. */
  get size(): number {
    return this.bytes;
  }

  /** Names of one kind, in order; of all without. */
  names(kind?: Item['kind']): string[] {
    return [...this.items].flatMap(([name, item]) => (kind === undefined || item.kind === kind ? [name] : []));
  }

  /** Every item by its name, in order. */
  entries(): IterableIterator<[string, Item]> {
    return this.items.entries();
  }
}
