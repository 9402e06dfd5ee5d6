// The planner `grammar` for ViperGPT's form: what the rules read of a question, written as a function over image patches.

import { readQuestion } from './grammar.js';
import { type Phrases, quoted } from './write.js';

const SIDES: Readonly<Record<string, readonly [attribute: string, sign: string]>> = {
  left: ['horizontal_center', '<'],
  right: ['horizontal_center', '>'],
  above: ['vertical_center', '>'],
  below: ['vertical_center', '<'],
};
const HALVES: Readonly<Record<string, keyof typeof SIDES>> = { left: 'left', right: 'right', top: 'above', bottom: 'below' };
const ENDS: Readonly<Record<string, (a: string, b: string) => string>> = {
  count: (a) => `str(${a})`,
  total: (a, b) => `str(${a} + ${b})`,
  exist: (a) => `bool_to_yesno(${a} > 0)`,
  more: (a, b) => `bool_to_yesno(${a} > ${b})`,
  fewer: (a, b) => `bool_to_yesno(${a} < ${b})`,
  equal: (a, b) => `bool_to_yesno(${a} == ${b})`,
  and: (a, b) => `bool_to_yesno(${a} > 0 and ${b} > 0)`,
  or: (a, b) => `bool_to_yesno(${a} > 0 or ${b} > 0)`,
  but: (a, b) => `bool_to_yesno(${a} > 0 and ${b} == 0)`,
};

/** The function of a task; what no rule reads is one `simple_query`. */
export function viperByRules(task: string): string {
  const lines = ['def execute_command(image) -> str:', '    image_patch = ImagePatch(image)'];
  const asked = readQuestion(task);
  if (!asked) return [...lines, `    return image_patch.simple_query(${quoted(task.trim())})`].join('\n');
  let next = 0;
  const patches = ({ phrase, half, relation }: Phrases): string => {
    const name = `patches_${++next}`;
    const found = `image_patch.find(${quoted(phrase)})`;
    if (half !== undefined) {
      const [attribute, sign] = SIDES[HALVES[half] as string] as readonly [string, string];
      lines.push(`    ${name} = [one for one in ${found} if one.${attribute} ${sign} image_patch.${attribute}]`);
    } else if (relation) {
      const of = patches(relation.of);
      const [attribute, sign] = SIDES[relation.direction] as readonly [string, string];
      lines.push(`    ${name} = [one for one in ${found} if len(${of}) > 0 and one.${attribute} ${sign} ${of}[0].${attribute}]`);
    } else lines.push(`    ${name} = ${found}`);
    return name;
  };
  const [a, b] = [asked.a, asked.b].map((things) => (things ? `len(${patches(things)})` : ''));
  const end = ENDS[asked.kind] as (a: string, b: string) => string;
  return [...lines, `    return ${end(a as string, b as string)}`].join('\n');
}
