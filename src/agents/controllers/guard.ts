// Observations are data: what is printed in a picture or written by another server starts nothing. Tools that act need the user's leave.

import type { Tool, ToolValue } from '../tool.js';

/** A call that is about to be made. */
export interface ProposedCall {
  tool: Tool;
  args: unknown;
  /** Its name or a text of its arguments was in an observation and not in the task: it may have been put there. */
  tainted: boolean;
}

/** What the user allows. */
export interface Leave {
  /** Names of tools that may act without being asked about, unless a call is tainted. */
  allow?: readonly string[];
  /** Asked about every other call of a tool that acts. Default: no. */
  confirm?(call: ProposedCall): boolean | Promise<boolean>;
}

const squeeze = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

/** Shortest text of an argument that is looked for in observations. */
const SHORTEST = 4;

/** Texts of a value, keys left out. */
function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const one of value) yield* textsOf(one);
  else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) yield* textsOf(one);
}

/** Keeps what came from outside during one task, and decides about calls of tools that act. */
export class Guard {
  private seen = '';
  private readonly task: string;
  constructor(
    task: string,
    private readonly leave: Leave = {},
  ) {
    this.task = squeeze(task);
  }

  /** Remembers an observation: at most the last million letters of all. */
  observe(value: ToolValue | string): void {
    for (const text of textsOf(value)) this.seen = `${this.seen}\n${squeeze(text)}`.slice(-1_000_000);
  }

  /** Whether a call may have been put into the planner's mouth by an observation. */
  isTainted(tool: Pick<Tool, 'name'>, args: unknown): boolean {
    const words = [tool.name, ...tool.name.split(/[_-]+/).filter((word) => word.length > 3), ...textsOf(args)].map(squeeze);
    return words.some((word) => word.length >= SHORTEST && this.seen.includes(word) && !this.task.includes(word));
  }

  /** Why a call is not made; undefined for one that may be. Tools that only look may always be called. */
  async refuses(tool: Tool, args: unknown): Promise<string | undefined> {
    if (!tool.acts) return undefined;
    const tainted = this.isTainted(tool, args);
    if (!tainted && this.leave.allow?.includes(tool.name)) return undefined;
    if (await this.leave.confirm?.({ tool, args, tainted })) return undefined;
    return tainted ? 'an observation asks for this, and the task does not' : 'the user has not allowed this tool';
  }
}
