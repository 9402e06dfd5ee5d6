// A built-in tool as a row of the table: which parts it needs, and how it is made of them.

import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import type { Equipment, EquipmentParts } from '../equipment.js';
import type { Tool, ToolContext } from '../tool.js';

/** What the tools of one toolbox are made of. */
export interface ToolParts {
  equipment: Equipment;
  /** The folder that `search_folder` looks in. */
  folder?: string;
}

/** What a built-in tool may need. */
export type Need = keyof EquipmentParts | 'folder';

/** A built-in tool. */
export interface BuiltIn {
  name: string;
  /** Parts without which it cannot work: all of them, or one of those in a list. */
  needs: readonly (Need | readonly Need[])[];
  make(parts: ToolParts): Tool;
}

/** A row of the table. The type of the arguments stays inside. */
export const builtIn = <I>(row: {
  name: string;
  description: string;
  needs?: BuiltIn['needs'];
  input: z.ZodType<I>;
  run(input: I, context: ToolContext, parts: ToolParts): ReturnType<Tool['run']>;
}): BuiltIn => ({
  name: row.name,
  needs: row.needs ?? [],
  make: (parts) => ({
    name: row.name,
    description: row.description,
    input: row.input,
    run: (input, context) => row.run(input as I, context, parts),
  }),
});

/** Left, top, right, bottom in pixels. */
export type PixelBox = readonly [number, number, number, number];

/** The argument that is a box. */
export const boxArgument = z.array(z.number()).length(4).describe('left, top, right, bottom in pixels') as unknown as z.ZodType<PixelBox>;

/** A box as whole pixels inside an image, at least one wide and high. Errors: `agent.argument` for one that lies outside or is turned over. */
export function boxWithin([x0, y0, x1, y1]: PixelBox, { width, height }: { width: number; height: number }): PixelBox {
  const [left, top] = [Math.max(0, Math.floor(x0)), Math.max(0, Math.floor(y0))];
  const [right, bottom] = [Math.min(width, Math.ceil(x1)), Math.min(height, Math.ceil(y1))];
  if (left >= right || top >= bottom)
    throw new SensoriumError('agent.argument', 'this box is not a part of the image', {
      place: 'box',
      expected: `left < right <= ${width}, top < bottom <= ${height}, in pixels`,
      got: `[${[x0, y0, x1, y1].join(', ')}]`,
    });
  return [left, top, right, bottom];
}

/** A box to whole pixels, as tools report it. */
export const roundBox = (box: PixelBox): number[] => box.map((v) => Math.round(v));

/** A score to three decimals. */
export const roundScore = (score: number): number => Math.round(score * 1000) / 1000;
