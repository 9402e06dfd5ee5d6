// The language: parses of the published forms, places of errors, types, budgets. What runs here needs no model: detectors are made up.

import { describe, expect, it } from 'vitest';
import type { Detector } from '../../trust/verifier.js';
import { runAgent } from '../run-agent.js';
import {
  checkProgram,
  type Program,
  parseExpression,
  parseViper,
  parseVisprog,
  programFormat,
  readPhrase,
  visprogInputs,
} from './index.js';

/** A program as short text: calls with their arguments in order. */
const outline = ({ body }: Program): unknown[] =>
  body.map((one) =>
    one.kind === 'assign' && one.value.kind === 'call'
      ? [
          one.name,
          one.value.name,
          ...one.value.args.map(({ name, value }) => [
            name,
            value.kind === 'name' ? value.name : value.kind === 'literal' ? value.value : value.kind,
          ]),
        ]
      : one.kind,
  );
const code = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    const { code: own, place } = error as { code: string; place: string };
    return [own, place];
  }
  return undefined;
};

describe('VisProg programs', () => {
  it('are parsed as the paper writes them: questions, pairs of images, tagging, editing', () => {
    const gqa = parseVisprog(
      "BOX0=LOC(image=IMAGE,object='drawers')\nIMAGE0=CROP_ABOVE(image=IMAGE,box=BOX0)\nANSWER0=VQA(image=IMAGE0,question='What is it?')\nANSWER1=EVAL(expr=\"'yes' if {ANSWER0} == 'lamp' else 'no'\")\nFINAL_RESULT=RESULT(var=ANSWER1)",
    );
    expect(outline(gqa)).toEqual([
      ['BOX0', 'LOC', ['image', 'IMAGE'], ['object', 'drawers']],
      ['IMAGE0', 'CROP_ABOVE', ['image', 'IMAGE'], ['box', 'BOX0']],
      ['ANSWER0', 'VQA', ['image', 'IMAGE0'], ['question', 'What is it?']],
      ['ANSWER1', 'EVAL', ['expr', 'choice']],
      ['FINAL_RESULT', 'RESULT', ['var', 'ANSWER1']],
    ]);
    expect(checkProgram(gqa)).toBe('string');
    const nlvr = parseVisprog(
      "ANSWER0=VQA(image=LEFT,question='How many balloons are there?')\nANSWER1=VQA(image=RIGHT,question='How many balloons are there?')\nANSWER2=EVAL(expr=\"{ANSWER0} == '2' xor {ANSWER1} == '2'\")\nFINAL_RESULT=RESULT(var=ANSWER2)",
      [
        { name: 'LEFT', type: 'image' },
        { name: 'RIGHT', type: 'image' },
      ],
    );
    expect(checkProgram(nlvr)).toBe('boolean');
    const tagging = parseVisprog(
      "OBJ0=FACEDET(image=IMAGE)\nLIST0=LIST(query='actors of a film', max=20)\nOBJ1=CLASSIFY(image=IMAGE,object=OBJ0,categories=LIST0)\nIMAGE0=TAG(image=IMAGE,object=OBJ1)\nFINAL_RESULT=RESULT(var=IMAGE0)",
    );
    expect(checkProgram(tagging)).toBe('image');
    const editing = parseVisprog(
      "OBJ0=SEG(image=IMAGE)\nOBJ1=SELECT(image=IMAGE,object=OBJ0,query='red car',category='car')\nIMAGE0=BGBLUR(image=IMAGE,object=OBJ1)\nIMAGE1=REPLACE(image=IMAGE0,object=OBJ1,prompt='blue bus')\nIMAGE2=COLORPOP(image=IMAGE1,object=OBJ1)\nOBJ2=FACEDET(image=IMAGE)\nIMAGE3=EMOJI(image=IMAGE2,object=OBJ2,emoji='smiling_face')\nFINAL_RESULT=RESULT(var=IMAGE3)",
    );
    expect(checkProgram(editing)).toBe('image');
  });

  it('name the line and column of what is wrong, before anything runs', () => {
    const end = '\nFINAL_RESULT=RESULT(var=A)';
    const wrong = (line: string) => code(() => checkProgram(parseVisprog(line + end)));
    expect(wrong("A=LOK(image=IMAGE,object='cup')")).toEqual(['agent.program', 'line 1, column 3']);
    expect(wrong("A=LOC(image=IMAGE,object='cup'")).toEqual(['agent.program', 'line 1, column 6']);
    expect(wrong("A=LOC(image=IMAGE,thing='cup')")).toEqual(['agent.program', 'line 1, column 19']);
    expect(wrong('A=LOC(image=IMAGE,object=3)')).toEqual(['agent.program', 'line 1, column 26']);
    expect(wrong('A=COUNT(box=IMAGE)')).toEqual(['agent.program', 'line 1, column 13']);
    expect(wrong('A=COUNT(box=BOX0)')).toEqual(['agent.program', 'line 1, column 13']);
    expect(wrong("A=EVAL(expr=\"'yes' if {IMAGE} > 1 else 'no'\")")).toEqual(['agent.program', 'line 1, column 23']);
    expect(wrong('A=EVAL(expr="process.exit(1)")')).toEqual(['agent.program', 'line 1, column 14']);
    expect(code(() => parseVisprog("A=LOC(image=IMAGE,object='cup')"))).toEqual(['agent.program', 'line 1, column 32']);
    expect(code(() => parseVisprog('A=COUNT(box=LOC(image=IMAGE))'))).toEqual(['agent.program', 'line 1, column 13']);
    try {
      checkProgram(parseVisprog(`A=CROP_LEFT(image=IMAGE,box=IMAGE)${end}`));
    } catch (error) {
      expect((error as { hint: string }).hint).toContain('CROP_LEFTOF');
    }
  });

  it('compute with the precedence of Python', () => {
    const kinds = (text: string) => JSON.stringify(parseExpression(text), (key, value) => (key === 'at' ? undefined : value));
    expect(kinds('1 + 2 * 3 > 4 and not 5 > 6 or 7 in [7]')).toBe(kinds('((1 + (2 * 3)) > 4 and (not (5 > 6))) or (7 in [7])'));
    expect(code(() => parseExpression('1 < 2 < 3'))).toEqual(['agent.program', 'line 1, column 7']);
    expect(code(() => parseExpression(`${'('.repeat(200)}1${')'.repeat(200)}`))).toEqual(['agent.program', expect.any(String)]);
  });
});

describe('ViperGPT programs', () => {
  const fair = `def execute_command(image) -> str:
    image_patch = ImagePatch(image)
    muffin_patches = image_patch.find("muffin")
    kid_patches = image_patch.find("kid")
    return str(len(muffin_patches) // len(kid_patches))`;
  const drinks = `def execute_command(image):
    image_patch = ImagePatch(image)
    drinks = []
    for drink in image_patch.find('drink'):
        if drink.horizontal_center < image_patch.horizontal_center and not drink.verify_property('drink', 'red'):
            drinks.append(drink)
    drinks.sort(key=lambda one: one.vertical_center)
    count = 0
    for one in [d for d in drinks if d.exists('straw')]:
        count += 1
    if len(drinks) == 0:
        return 'none'
    elif count > 1:
        return f"{count} of {len(drinks)}"
    else:
        return drinks[0].best_text_match(['tea', 'milk'], prefix='a photo of')`;

  it('are parsed and have types', () => {
    expect(parseViper(fair).body).toHaveLength(4);
    expect(checkProgram(parseViper(fair))).toBe('string');
    expect(checkProgram(parseViper(drinks))).toBe('string');
    expect(checkProgram(parseViper("return ImagePatch(image).simple_query('What is this?')"))).toBe('string');
  });

  it('name what is wrong', () => {
    const wrong = (...lines: string[]) => code(() => checkProgram(parseViper(lines.join('\n'))));
    expect(wrong('import os', 'return 1')).toEqual(['agent.program', 'line 1, column 1']);
    expect(wrong('while True:', '    x = 1')).toEqual(['agent.program', 'line 1, column 1']);
    expect(wrong('x = ImagePatch(image)', 'return x.finds("cup")')).toEqual(['agent.program', 'line 2, column 9']);
    expect(wrong('x = ImagePatch(image).find("cup")', 'return x.left')).toEqual(['agent.program', 'line 2, column 9']);
    expect(wrong('x = 1', 'if x > 0:', '    return x')).toEqual(['agent.program', 'line 2, column 1']);
    expect(wrong('if 1 > 0:', '    x = 1', 'return x')).toEqual(['agent.program', 'line 3, column 8']);
    expect(wrong('x = 1', "x = 'a'", 'return x')).toEqual(['agent.program', 'line 2, column 1']);
    expect(wrong('x = 1', '   y = 2', 'return x')).toEqual(['agent.program', 'line 2, column 4']);
    expect(wrong('x = __import__("os")', 'return x')).toEqual(['agent.program', 'line 1, column 5']);
    expect(wrong('x = image.constructor', 'return x')).toEqual(['agent.program', 'line 1, column 10']);
  });
});

/** Things at places of a picture of 40 x 40 pixels. */
const detector = (...things: readonly (readonly [label: string, x: number, y: number])[]): Detector => ({
  labels: ['dog', 'cup', 'cat'],
  detect: async () => things.map(([label, x, y]) => ({ label, box: [x - 4, y - 4, x + 4, y + 4], score: 0.9 })),
});
/** Gray, with a red square at each place. */
function picture(...red: readonly (readonly [number, number])[]) {
  const data = new Uint8Array(4800).fill(220);
  for (const [x, y] of red)
    for (let j = y - 3; j < y + 3; j++) for (let i = x - 3; i < x + 3; i++) data.set([214, 30, 36], 3 * (40 * j + i));
  return { image: { width: 40, height: 40, data }, origin: 'made' };
}

describe('running programs', () => {
  const eyes = detector(['dog', 20, 20], ['cup', 8, 20], ['cup', 8, 8], ['cup', 32, 30]);
  const run = (text: string, agent = 'visprog') =>
    runAgent(agent, { text, images: [picture([8, 20])] }, { equipment: { detectors: [{ name: 'made', detector: eyes }] } });

  it('counts, compares and follows relations, in both forms', async () => {
    const asked: [string, string][] = [
      ['How many cups are there?', '3'],
      ['How many cups are left of the dog?', '2'],
      ['How many red cups are left of the dog?', '1'],
      ['Are there more cups than dogs?', 'yes'],
      ['Is there a cat or a dog?', 'yes'],
      ['Is there a dog but no cat?', 'yes'],
      ['How many objects are in the top half of the image?', '1'],
      ['How many cups above the dog right of the red cup are there?', '1'],
      ['Are there as many cups right of the dog as dogs?', 'yes'],
      ['How many cups and dogs are there in total?', '4'],
    ];
    for (const [question, answer] of asked)
      for (const agent of ['visprog', 'viper']) {
        const { trace } = await run(question, agent);
        expect([agent, question, trace.failed?.message ?? trace.answer]).toEqual([agent, question, answer]);
      }
  });

  it('looks with the next detector where one fails or does not know the word, and says so', async () => {
    const broken: Detector = { labels: ['dog'], detect: () => Promise.reject(new Error('no power')) };
    const other: Detector = { labels: ['dog'], detect: async () => [{ label: 'dog', box: [1, 1, 9, 9], score: 0.8 }] };
    const { trace } = await runAgent(
      'visprog',
      { text: 'How many dogs are there?', images: [picture()] },
      {
        equipment: {
          detectors: [
            { name: 'broken', detector: broken },
            { name: 'cups', detector: { ...other, labels: ['cup'] } },
            { name: 'other', detector: other },
          ],
        },
      },
    );
    expect(trace.answer).toBe('1');
    expect(trace.steps[1]?.text?.match(/^# .*$/gm)).toHaveLength(2);
    const unknown = await run('How many unicorns are there?');
    expect(unknown.trace.failed?.code).toBe('agent.equipment');
  });

  it('edits pictures by masks', async () => {
    const { trace, workspace } = await run('Turn everything gray but the red cup');
    const [name] = trace.steps.at(-1)?.items ?? [];
    const { data } = workspace.get('image', name as string);
    expect([...data.subarray(3 * (40 * 20 + 8), 3 * (40 * 20 + 8) + 3)]).toEqual([214, 30, 36]);
    expect(new Set(data.subarray(0, 3)).size).toBe(1);
  });

  it('ends at its bounds', async () => {
    const loop = { text: 'x', images: [picture()] };
    const { interpret, Frames, checkProgram: check } = await import('./index.js');
    const { Budget } = await import('../budget.js');
    const { Workspace } = await import('../workspace.js');
    const { Equipment } = await import('../equipment.js');
    const { grammarPlanner } = await import('../planner.js');
    const workspace = new Workspace();
    workspace.put('image', loop.images[0]?.image as never, 'made');
    const context = {
      workspace,
      frames: new Frames(workspace),
      equipment: new Equipment({}),
      budget: new Budget(),
      planner: grammarPlanner,
      step: (one: never) => one,
      write: async () => '',
    };
    const runs = async (source: string) => {
      const program = parseViper(source);
      check(program);
      return interpret(program, { image: 'image_1' }, context);
    };
    await expect(runs('n = 0\nfor i in range(5000):\n    for j in range(5000):\n        n += 1\nreturn n')).rejects.toMatchObject({
      code: 'agent.budget',
    });
    await expect(runs("s = 'aaaaaaaaaa'\nfor i in range(30):\n    s = s + s\nreturn s")).rejects.toMatchObject({ code: 'agent.program' });
    await expect(runs('return [1][3]')).rejects.toMatchObject({ code: 'agent.program', place: 'line 1, column 11' });
    await expect(runs('return 1 // 0')).rejects.toMatchObject({ code: 'agent.program' });
    expect(await runs('return sorted([3, 1, 2], key=lambda x: -x)[0] + max(1, 2)')).toBe(5);
  });
});

describe('phrases and grammar', () => {
  it('are read by the labels of a detector', () => {
    expect(readPhrase('two red sports balls', ['sports ball', 'ball'])).toEqual({ label: 'sports ball', attributes: ['two', 'red'] });
    expect(readPhrase('the butterflies', ['butterfly'])).toEqual({ label: 'butterfly', attributes: [] });
    expect(readPhrase('red objects', ['dog'])).toEqual({ attributes: ['red'] });
    expect(readPhrase('unicorn', ['dog'])).toBeUndefined();
  });

  it('has a rule for every set of steps, and none that is missing', () => {
    const { rules, start } = programFormat({ most: { IMAGE: 1, BOX: 2, ANSWER: 2 } });
    const named = Object.values(rules).flatMap((all) =>
      all.flatMap((parts) => parts.flatMap((part) => (typeof part === 'object' && 'rule' in part ? [part.rule] : []))),
    );
    expect([start, ...named].filter((name) => !Object.hasOwn(rules, name))).toEqual([]);
    expect(visprogInputs(2).map(({ name }) => name)).toEqual(['IMAGE', 'IMAGE2']);
  });
});
