// ViperGPT's ImagePatch: what its programs look with. Places are in pixels of the whole picture, counted from the left and from below.

import { SensoriumError } from '../../util/errors.js';
import { colorNamed, colorOf } from './colors.js';
import { findAll, having, likeness, pixelsIn } from './finding.js';
import { ask } from './look-modules.js';
import { defineModule, type ModuleContext } from './modules.js';
import type { FoundBox, Patch } from './types.js';

/** The patch of an image of the workspace, by where it was cut from. */
function patchOf(image: string, { frames, workspace }: Pick<ModuleContext, 'frames' | 'workspace'>): Patch {
  const { root, region } = frames.of(image);
  const { height } = workspace.get('image', root);
  return { image, left: region[0], lower: height - region[3], right: region[2], upper: height - region[1] };
}

/** All of a patch as a box. */
function wholeOf({ image }: Patch, label: string, { workspace }: ModuleContext): FoundBox {
  const { width, height } = workspace.get('image', image);
  return { image, box: [0, 0, width, height], label, score: 1 };
}

/** A part of a patch by its own pixels, counted from below. */
function cropped({ image }: Patch, [left, lower, right, upper]: readonly [number, number, number, number], context: ModuleContext): Patch {
  const { height } = context.workspace.get('image', image);
  if (!(left < right && lower < upper))
    throw new SensoriumError('agent.argument', 'this is no part of a patch', {
      place: image,
      expected: 'left < right and lower < upper',
      got: [left, lower, right, upper].join(', '),
    });
  return patchOf(context.frames.crop(image, [left, height - upper, right, height - lower], `part of ${image}`), context);
}

/** `ImagePatch(image)`: the whole of it, or a part. */
export const imagePatch = defineModule('viper', {
  name: 'ImagePatch',
  about: 'A patch of an image: all of it, or the part between left, lower, right and upper in pixels from below.',
  takes: { image: 'image', left: 'number?', lower: 'number?', right: 'number?', upper: 'number?' },
  gives: 'patch',
  run: ({ image, left, lower, right, upper }, context) => {
    const { width, height } = context.workspace.get('image', image);
    const whole = patchOf(image, context);
    return left === undefined && lower === undefined && right === undefined && upper === undefined
      ? whole
      : cropped(whole, [left ?? 0, lower ?? 0, right ?? width, upper ?? height], context);
  },
});

/** Patches of every object that a phrase names. */
export const find = defineModule('viper', {
  name: 'find',
  self: 'patch',
  about: 'Patches of every object that a phrase names, the surest first.',
  takes: { object_name: 'string' },
  gives: 'list<patch>',
  run: async (args, context) => {
    const { self, object_name } = args as unknown as { self: Patch; object_name: string };
    const found = await findAll(self.image, object_name, context);
    return found.map(({ image, box }) => patchOf(context.frames.crop(image, box, `${object_name} in ${image}`), context));
  },
});

/** Whether there is an object. */
export const exists = defineModule('viper', {
  name: 'exists',
  self: 'patch',
  about: 'Whether there is an object that a phrase names.',
  takes: { object_name: 'string' },
  gives: 'boolean',
  run: async (args, context) => {
    const { self, object_name } = args as unknown as { self: Patch; object_name: string };
    return (await findAll(self.image, object_name, context)).length > 0;
  },
});

/** Whether an object has a property. */
export const verifyProperty = defineModule('viper', {
  name: 'verify_property',
  self: 'patch',
  about: 'Whether the object has a visual property, such as a color.',
  takes: { object_name: 'string', visual_property: 'string' },
  gives: 'boolean',
  run: async (args, context) => {
    const { self, object_name, visual_property } = args as unknown as { self: Patch; object_name: string; visual_property: string };
    return (await having([wholeOf(self, object_name, context)], visual_property.toLowerCase(), context)).length > 0;
  },
});

/** The text of some that fits a patch best. */
export const bestTextMatch = defineModule('viper', {
  name: 'best_text_match',
  self: 'patch',
  about: 'The text of a list that describes the patch best, each behind a prefix if one is given.',
  takes: { option_list: 'list<string>', prefix: 'string?' },
  gives: 'string',
  run: async (args, context) => {
    const { self, option_list: options, prefix } = args as unknown as { self: Patch; option_list: readonly string[]; prefix?: string };
    if (options.length === 0)
      throw new SensoriumError('agent.argument', 'there is nothing to choose from', {
        place: 'option_list',
        expected: 'at least one text',
      });
    const image = pixelsIn(wholeOf(self, '', context), context);
    const colors = options.map((one) => colorNamed(one.toLowerCase()));
    const measured = colors.every((one) => one !== undefined) ? options[colors.indexOf(colorOf(image))] : undefined;
    if (measured !== undefined) return measured;
    const scores = await likeness(
      image,
      options.map((one) => (prefix === undefined ? one : `${prefix} ${one}`)),
      context,
    );
    return options[scores.indexOf(Math.max(...scores))] as string;
  },
});

/** A question about a patch. */
export const simpleQuery = defineModule('viper', {
  name: 'simple_query',
  self: 'patch',
  about: 'The answer of a model to a simple question about the patch; without a question, what it shows.',
  takes: { question: 'string?' },
  gives: 'string',
  run: (args, context) => {
    const { self, question = 'What is this?' } = args as unknown as { self: Patch; question?: string };
    return ask(self.image, question, context);
  },
});

/** The median depth of a patch. */
export const computeDepth = defineModule('viper', {
  name: 'compute_depth',
  self: 'patch',
  about: 'The median depth of the patch; larger is farther away. It needs an estimator of depth.',
  takes: {},
  gives: 'number',
  run: async (args, context) => {
    const { self } = args as unknown as { self: Patch };
    const estimator = await context.equipment.get('depth');
    const {
      root,
      region: [left, top, right, bottom],
    } = context.frames.of(self.image);
    const { width, data } = await estimator.estimate(context.workspace.get('image', root), context.signal);
    const values: number[] = [];
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) values.push(data[y * width + x] as number);
    return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
  },
});

const SIDES = { left: 'number', lower: 'number', right: 'number', upper: 'number' } as const;

/** A part of a patch. */
export const cropPatch = defineModule('viper', {
  name: 'crop',
  self: 'patch',
  about: 'A part of the patch, by its own pixels, counted from the left and from below.',
  takes: SIDES,
  gives: 'patch',
  run: (args, context) => {
    const { self, left, lower, right, upper } = args as unknown as { self: Patch } & Record<keyof typeof SIDES, number>;
    return cropped(self, [left, lower, right, upper], context);
  },
});

/** Whether a patch shares pixels with a place. */
export const overlapsWith = defineModule('viper', {
  name: 'overlaps_with',
  self: 'patch',
  about: 'Whether the patch shares pixels with a place in the whole picture.',
  takes: SIDES,
  gives: 'boolean',
  free: true,
  run: (args) => {
    const { self, left, lower, right, upper } = args as unknown as { self: Patch } & Record<keyof typeof SIDES, number>;
    return self.left <= right && self.right >= left && self.lower <= upper && self.upper >= lower;
  },
});

const ATTRIBUTES: Readonly<Record<string, readonly [about: string, value: (patch: Patch) => number]>> = {
  left: ['left side', ({ left }) => left],
  lower: ['lower side', ({ lower }) => lower],
  right: ['right side', ({ right }) => right],
  upper: ['upper side', ({ upper }) => upper],
  horizontal_center: ['middle from left to right', ({ left, right }) => (left + right) / 2],
  vertical_center: ['middle from below to above', ({ lower, upper }) => (lower + upper) / 2],
  width: ['width', ({ left, right }) => right - left],
  height: ['height', ({ lower, upper }) => upper - lower],
};
for (const [name, [about, value]] of Object.entries(ATTRIBUTES))
  defineModule('viper', {
    name,
    self: 'patch',
    about: `The ${about} of the patch in the whole picture, in pixels.`,
    takes: {},
    gives: 'number',
    attribute: true,
    free: true,
    run: (args) => value((args as { self: Patch }).self),
  });

/** The patch of some that fits a text best. */
export const bestImageMatch = defineModule('viper', {
  name: 'best_image_match',
  about: 'The patch of a list that a text describes best.',
  takes: { list_patches: 'list<patch>', content: 'string' },
  gives: 'patch',
  run: async ({ list_patches: patches, content }, context) => {
    const scores: number[] = [];
    for (const one of patches) scores.push((await likeness(pixelsIn(wholeOf(one, '', context), context), [content], context))[0] as number);
    const best = patches[scores.indexOf(Math.max(...scores))];
    if (!best)
      throw new SensoriumError('agent.argument', 'there is nothing to choose from', {
        place: 'list_patches',
        expected: 'at least one patch',
      });
    return best;
  },
});

/** The gap between patches. */
export const distance = defineModule('viper', {
  name: 'distance',
  about: 'The pixels between two patches; negative where they overlap.',
  takes: { patch_a: 'patch', patch_b: 'patch' },
  gives: 'number',
  free: true,
  run: ({ patch_a: a, patch_b: b }) => {
    const across = Math.max(a.left, b.left) - Math.min(a.right, b.right);
    const down = Math.max(a.lower, b.lower) - Math.min(a.upper, b.upper);
    return across < 0 && down < 0 ? Math.max(across, down) : Math.hypot(Math.max(0, across), Math.max(0, down));
  },
});

/** A question to the planner. */
export const llmQuery = defineModule('viper', {
  name: 'llm_query',
  about: 'The answer of a language model to a question that needs no image.',
  takes: { question: 'string' },
  gives: 'string',
  run: async ({ question }, { write }) => (await write([{ role: 'user', content: question }], { maxTokens: 64 })).trim(),
});
