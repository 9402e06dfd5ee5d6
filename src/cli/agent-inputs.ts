// What agents are given beside a task and images: what is pointed at, sounds, frames of a film, tools of other servers and leave for them to act.

import type { AgentTask, TaskInput } from '../agents/index.js';
import type { Tool } from '../agents/tool.js';
import type { RgbImage, Sound } from '../media/index.js';
import { SensoriumError } from '../util/errors.js';
import { numberOption } from './flags.js';
import type { Held } from './judge-option.js';
import { usageError } from './report.js';

/** Options of `agent` for inputs of other kinds than images. */
export const inputArgs = {
  at: { type: 'string', description: 'a place in the first image, in pixels', valueHint: 'X,Y' },
  box: { type: 'string', description: 'a box in the first image, in pixels', valueHint: 'LEFT,TOP,RIGHT,BOTTOM' },
  sound: { type: 'string', description: 'sound files, separated by commas', valueHint: 'FILES' },
  video: {
    type: 'string',
    description: 'a film whose frames become the images, and its sound one of the sounds with --whisper',
    valueHint: 'FILE',
  },
  frames: { type: 'string', description: 'frames of the film, spread over it (default: 8)', valueHint: 'N' },
  mcp: { type: 'string', description: 'a program whose tools the agent may use (Model Context Protocol)', valueHint: '"COMMAND ARGS"' },
  'mcp-root': { type: 'string', description: 'folders that the program is told it may use, by commas (default: none)', valueHint: 'DIRS' },
  allow: { type: 'string', description: 'tools that may act without being asked about, by commas', valueHint: 'NAMES' },
} as const;

type InputArgs = { [K in keyof typeof inputArgs]?: string };

const words = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

/** What is pointed at. Errors: a usage error for what is not numbers in pixels. */
export function pointedAt({ at, box }: Pick<InputArgs, 'at' | 'box'>): AgentTask['at'] {
  if (at !== undefined && box !== undefined) throw usageError('a place and a box', { expected: 'one of --at and --box' });
  const given = at ?? box;
  if (given === undefined) return undefined;
  const numbers = given.split(',').map((one) => (one.trim() === '' ? Number.NaN : Number(one)));
  if (numbers.length !== (at === undefined ? 4 : 2) || !numbers.every((v) => Number.isFinite(v) && v >= 0))
    throw usageError('this is not a place in an image', {
      place: at === undefined ? '--box' : '--at',
      expected: at === undefined ? 'LEFT,TOP,RIGHT,BOTTOM in pixels' : 'X,Y in pixels',
      got: given,
    });
  return numbers as unknown as AgentTask['at'];
}

/** The sound of a film; undefined of one without. */
async function soundOf(file: string, signal: AbortSignal | undefined): Promise<Sound | undefined> {
  const { decodeSound } = await import('../media/index.js');
  try {
    return await decodeSound(file, { signal });
  } catch (error) {
    // ffmpeg's words for a file without a stream of that kind; an animated image is not a sound either.
    if (error instanceof SensoriumError && (error.code === 'media.format' || /matches no streams/.test(error.got ?? ''))) return undefined;
    throw error;
  }
}

/** Reads the inputs; the program of `--mcp` goes to the head of `held`. */
export async function readInputs(
  args: InputArgs & { image?: string; whisper?: string },
  { held, signal }: { held: Held; signal?: AbortSignal },
): Promise<{
  task: Pick<TaskInput, 'at' | 'times' | 'sounds'>;
  frames: { image: RgbImage; origin: string }[];
  tools: Tool[];
  allow: string[];
}> {
  const at = pointedAt(args);
  const most = numberOption('frames', args.frames, { min: 1, max: 64, integer: true }) ?? 8;
  const sounds = await Promise.all(
    words(args.sound).map(async (origin) => ({ sound: await (await import('../media/index.js')).decodeSound(origin, { signal }), origin })),
  );
  const frames: { image: RgbImage; origin: string }[] = [];
  let times: number[] | undefined;
  if (args.video !== undefined) {
    const { decodeVideo } = await import('../media/index.js');
    const { frames: decoded, fps } = await decodeVideo(args.video, { maxFrames: most, signal });
    frames.push(...decoded.map((image, i) => ({ image, origin: `${args.video}, frame ${i + 1}` })));
    if (args.image === undefined) times = decoded.map((_, i) => i / fps);
    const sound = args.whisper === undefined ? undefined : await soundOf(args.video, signal);
    if (sound) sounds.push({ sound, origin: args.video });
  }
  const tools: Tool[] = [];
  if (args.mcp !== undefined) {
    const { connectMcp, splitCommand } = await import('../agents/mcp/index.js');
    const mcp = await connectMcp({ command: splitCommand(args.mcp), roots: words(args['mcp-root']), signal });
    held.unshift(mcp);
    tools.push(...mcp.tools);
  }
  return {
    task: { ...(at ? { at } : {}), ...(times ? { times } : {}), ...(sounds.length > 0 ? { sounds } : {}) },
    frames,
    tools,
    allow: words(args.allow),
  };
}
