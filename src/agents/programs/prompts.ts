// Prompts of planners that are language models: what the language has, and programs in context.

import type { ChatMessage } from '../../text/index.js';
import { modulesOf, signatureOf } from './modules.js';

/** Tasks with their programs. */
const VISPROG_EXAMPLES: readonly (readonly [task: string, program: string])[] = [
  [
    'How many red cups are left of the dog?',
    "BOX0=LOC(image=IMAGE,object='dog')\nIMAGE0=CROP_LEFTOF(image=IMAGE,box=BOX0)\nBOX1=LOC(image=IMAGE0,object='red cup')\nANSWER0=COUNT(box=BOX1)\nFINAL_RESULT=RESULT(var=ANSWER0)",
  ],
  [
    'Are there more cats than dogs?',
    "BOX0=LOC(image=IMAGE,object='cat')\nANSWER0=COUNT(box=BOX0)\nBOX1=LOC(image=IMAGE,object='dog')\nANSWER1=COUNT(box=BOX1)\nANSWER2=EVAL(expr=\"'yes' if {ANSWER0} > {ANSWER1} else 'no'\")\nFINAL_RESULT=RESULT(var=ANSWER2)",
  ],
  [
    'What is the man holding?',
    "BOX0=LOC(image=IMAGE,object='man')\nIMAGE0=CROP(image=IMAGE,box=BOX0)\nANSWER0=VQA(image=IMAGE0,question='What is the man holding?')\nFINAL_RESULT=RESULT(var=ANSWER0)",
  ],
  [
    'Turn everything gray but the red balloon',
    "OBJ0=SEG(image=IMAGE)\nOBJ1=SELECT(image=IMAGE,object=OBJ0,query='red balloon',category='balloon')\nIMAGE0=COLORPOP(image=IMAGE,object=OBJ1)\nFINAL_RESULT=RESULT(var=IMAGE0)",
  ],
  [
    'Hide the faces',
    "OBJ0=FACEDET(image=IMAGE)\nIMAGE0=EMOJI(image=IMAGE,object=OBJ0,emoji='smiling-face')\nFINAL_RESULT=RESULT(var=IMAGE0)",
  ],
];

/** The prompt for a program of lines. `mistake`: the last program and what was wrong with it. */
export function visprogPrompt(task: string, mistake?: { program: string; error: string }): ChatMessage[] {
  const modules = modulesOf('visprog').map((one) => `${signatureOf(one)}  # ${one.about}`);
  return [
    {
      role: 'system',
      content: `You write programs of a small language: one step on a line, NAME=MODULE(arg=value,…), and FINAL_RESULT=RESULT(var=…) at the end. The image is IMAGE. Values are names of earlier steps, numbers, and texts in single quotes. Only EVAL computes. Modules:\n${modules.join('\n')}\nReply with the program and nothing else.`,
    },
    ...VISPROG_EXAMPLES.flatMap(([asked, program]): ChatMessage[] => [
      { role: 'user', content: asked },
      { role: 'assistant', content: program },
    ]),
    { role: 'user', content: task },
    ...again(mistake),
  ];
}

const again = (mistake?: { program: string; error: string }): ChatMessage[] =>
  mistake
    ? [
        { role: 'assistant', content: mistake.program },
        { role: 'user', content: `That program is wrong: ${mistake.error}\nWrite it again.` },
      ]
    : [];

/** The prompt for a program in ViperGPT's form. */
export function viperPrompt(task: string, mistake?: { program: string; error: string }): ChatMessage[] {
  const modules = modulesOf('viper').map((one) => `${signatureOf(one)}  # ${one.about}`);
  return [
    {
      role: 'system',
      content: `You write a Python function execute_command(image) that answers a question about an image. Only assignments, if, for, return, lists, comparisons and these are known:\n${modules.join('\n')}\nReply with the function and nothing else.`,
    },
    { role: 'user', content: 'How many muffins can each kid have for it to be fair?' },
    {
      role: 'assistant',
      content:
        "def execute_command(image) -> str:\n    image_patch = ImagePatch(image)\n    muffins = image_patch.find('muffin')\n    kids = image_patch.find('kid')\n    if len(kids) == 0:\n        return '0'\n    return str(len(muffins) // len(kids))",
    },
    { role: 'user', content: 'Is there a red cup left of the dog?' },
    {
      role: 'assistant',
      content:
        "def execute_command(image) -> str:\n    image_patch = ImagePatch(image)\n    dogs = image_patch.find('dog')\n    if len(dogs) == 0:\n        return 'no'\n    dog = dogs[0]\n    for cup in image_patch.find('red cup'):\n        if cup.horizontal_center < dog.horizontal_center:\n            return 'yes'\n    return 'no'",
    },
    { role: 'user', content: task },
    ...again(mistake),
  ];
}

/** The program in a reply: without fences and words around them. */
export function programIn(reply: string): string {
  const fenced = /```\w*\n([\s\S]*?)```/.exec(reply);
  return (fenced?.[1] ?? reply)
    .replace(/^\s*Program:\s*\n?/i, '')
    .replace(/\s+$/, '')
    .replace(/^\n+/, '');
}
