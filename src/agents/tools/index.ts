// The built-in tools in one table, and the toolbox of those that can work with the parts that there are. A new tool is a file and a line here.

import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import type { EquipmentParts } from '../equipment.js';
import type { Tool } from '../tool.js';
import { calculator } from './calculator.js';
import { classify } from './classify.js';
import { compare } from './compare.js';
import { count } from './count.js';
import { crop, enlarge, rotate, zoom } from './crop.js';
import type { BuiltIn, Need, ToolParts } from './define.js';
import { depth } from './depth.js';
import { depthOrder } from './depth-order.js';
import { detect } from './detect.js';
import { draw } from './draw.js';
import { listen } from './listen.js';
import { read } from './read.js';
import { readTable } from './read-table.js';
import { searchFolderTool } from './search-folder.js';
import { segment } from './segment.js';
import { speak } from './speak.js';
import { transcribe } from './transcribe.js';
import { caption, vqa } from './vqa.js';

export { calculate } from './calculator.js';
export type { BuiltIn, Need, PixelBox, ToolParts } from './define.js';
export { findObjects, labelsFor, objectsNamed } from './find.js';
export { maskInBox, maskIou } from './grab.js';
export { type Attempt, inTurn, type Outcome } from './in-turn.js';
export { readLines } from './read.js';
export { tableOf } from './read-table.js';
export { searchFolder } from './search-folder.js';
export { boxAt } from './segment.js';
export { captionOf, listObjects } from './vqa.js';

/** Every built-in tool, in the order in which planners are shown them. */
export const BUILT_IN: readonly BuiltIn[] = [
  detect, count, segment, read, readTable, vqa, caption, classify, crop, zoom, enlarge, rotate, compare, depth, depthOrder, calculator,
  searchFolderTool, speak, transcribe, listen, draw,
]; // biome-ignore format: one table, read as a table

const HOW: Partial<Record<Need, string>> = {
  detectors: 'a detector: --detector world, nanodet or a folder',
  responder: 'a model that sees: --eyes MODEL',
  reader: 'the reader of printed text: sensorium assets get pp-ocrv4',
  embedder: 'a CLIP model: --clip models/world-clip',
  depth: 'a network for depth: --depth FOLDER',
  painter: 'a generator: --generator world-generator, or a folder of your own',
  transcriber: 'a Whisper model: --whisper FOLDER',
  folder: 'a folder to search in: --folder DIR',
};

/** The tools of one agent or server. */
export interface Toolbox {
  /** Those that can work. */
  tools: readonly Tool[];
  /** Those that cannot, and why. */
  missing: readonly { name: string; needs: string }[];
  /** A tool by its name. Errors: `agent.equipment` for one that lacks a part, `agent.tool` for one that does not exist. */
  get(name: string): Tool;
}

/** The built-in tools that can work with some parts, and `more` beside them. Nothing is opened before a tool is used. Errors: `agent.name` for two of one name. */
export function toolbox(parts: ToolParts, { more = [], only }: { more?: readonly Tool[]; only?: readonly string[] } = {}): Toolbox {
  const has = (need: Need): boolean => (need === 'folder' ? parts.folder !== undefined : parts.equipment.has(need as keyof EquipmentParts));
  const tools = new Map<string, Tool>();
  const missing: { name: string; needs: string }[] = [];
  for (const row of BUILT_IN) {
    if (only && !only.includes(row.name)) continue;
    const lacks = row.needs.filter((need) => (typeof need === 'string' ? !has(need) : !need.some(has))).flat() as Need[];
    if (lacks.length === 0) tools.set(row.name, row.make(parts));
    else missing.push({ name: row.name, needs: lacks.map((need) => HOW[need] ?? need).join('; ') });
  }
  for (const tool of more) {
    if (tools.has(tool.name)) throw new SensoriumError('agent.name', 'two tools have one name', { place: tool.name });
    tools.set(tool.name, tool);
  }
  return {
    tools: [...tools.values()],
    missing,
    get(name) {
      const tool = tools.get(name);
      if (tool) return tool;
      const lack = missing.find((one) => one.name === name);
      if (lack) throw new SensoriumError('agent.equipment', 'this tool lacks a part', { place: name, expected: lack.needs });
      const near = nearest(name, tools.keys());
      throw new SensoriumError('agent.tool', 'there is no such tool', {
        place: name,
        expected: [...tools.keys()].join(', '),
        hint: near === undefined ? undefined : `Did you mean ${near}?`,
      });
    },
  };
}
