// The tools of GPT4Tools over the scene world: names, descriptions, what they take and how people ask for them; and invented ones, which teach to read the list.

import type { Rng } from '../../util/rng.js';

/** What a tool takes, in order: the path of an image, a thing in it, a question or a description in words. */
export type ToolSlot = 'image' | 'thing' | 'question' | 'text';

/** A tool as a planner is told of it. */
export interface ListedTool {
  name: string;
  about: string;
  takes: readonly ToolSlot[];
}

/** A tool with the requests that it answers. `{image}`, `{thing}` … stand for what it takes, in the order of `takes` where a kind comes twice. */
export interface CatalogTool extends ListedTool {
  requests: readonly string[];
}

/** Request after request, split at `|`. */
const tool = (name: string, about: string, takes: readonly ToolSlot[], requests: string): CatalogTool => ({
  name,
  about,
  takes,
  requests: requests.split('|'),
});

/** The fifteen tools that training lists and asks for. */
export const SEEN_TOOLS: readonly CatalogTool[] = [
  tool(
    'Segment the Image',
    'cuts an image into all its parts',
    ['image'],
    'Segment {image} into its parts.|Please segment the image {image}.',
  ),
  tool(
    'Detect the Object',
    'detects where an object is',
    ['image', 'thing'],
    'Detect the {thing} in {image}.|Please detect the object: the {thing}, in {image}.',
  ),
  tool('Describe the Photo', 'describes what a photo shows', ['image'], 'Describe {image}.|Can you describe the photo {image}?'),
  tool(
    'Answer Question',
    'answers a question about an image',
    ['image', 'question'],
    'Answer about {image}: {question}|Here is a question about {image}: {question}',
  ),
  tool(
    'Remove Something',
    'removes a thing from a photo',
    ['image', 'thing'],
    'Remove the {thing} from {image}.|I want the {thing} removed from {image}.',
  ),
  tool(
    'Replace Something',
    'replaces a thing by another',
    ['image', 'thing', 'thing'],
    'Replace the {thing} by the {thing} in {image}.|In {image}, replace the {thing} by the {thing}.',
  ),
  tool('Edge Detection', 'finds the edges of an image', ['image'], 'Find the edges of {image}.|Show me the edges in {image}.'),
  tool('Line Detection', 'finds straight lines in an image', ['image'], 'Find the straight lines of {image}.|Which lines are in {image}?'),
  tool('Predict Depth', 'makes a depth map of an image', ['image'], 'Predict the depth of {image}.|Make a depth map of {image}.'),
  tool(
    'Crop the Object',
    'crops an image to an object',
    ['image', 'thing'],
    'Crop {image} to the {thing}.|Please crop the {thing} out of {image}.',
  ),
  tool(
    'Count Things',
    'counts things in an image',
    ['image', 'thing'],
    'Count the {thing} in {image}.|How many of the {thing} are in {image}? Count.',
  ),
  tool('Read Text', 'reads the words on an image', ['image'], 'Read the text on {image}.|What words are on {image}? Read them.'),
  tool('Generate Image', 'generates a new image from words', ['text'], 'Generate an image of {text}.|Please generate {text}.'),
  tool(
    'Style Transfer',
    'draws an image in another style',
    ['image', 'text'],
    'Draw {image} in the style of {text}.|Give {image} the style of {text}.',
  ),
  tool('Pose Detection', 'finds the pose of a person or animal', ['image'], 'Find the pose in {image}.|What pose is shown in {image}?'),
];

/** Eight tools that no training row lists or asks for. */
export const UNSEEN_TOOLS: readonly CatalogTool[] = [
  tool('Predict Normal Map', 'makes a normal map of a surface', ['image'], 'Make a normal map of {image}.|Predict the normal of {image}.'),
  tool('Sketch Detection', 'draws an image as a sketch', ['image'], 'Draw a sketch of {image}.|Show {image} as a sketch.'),
  tool(
    'Resize the Image',
    'changes the size of an image',
    ['image', 'text'],
    'Resize {image} like {text}.|Please resize the image {image} to {text}.',
  ),
  tool('Rotate the Photo', 'rotates a photo', ['image'], 'Rotate {image}.|I want {image} rotated.'),
  tool(
    'Blur Something',
    'blurs a thing in a photo',
    ['image', 'thing'],
    'Blur the {thing} in {image}.|Please blur the {thing} of {image}.',
  ),
  tool('Compare Images', 'compares two images', ['image', 'image'], 'Compare {image} and {image}.|Please compare {image} with {image}.'),
  tool(
    'Estimate Weight',
    'estimates the weight of a thing',
    ['image', 'thing'],
    'Estimate the weight of the {thing} in {image}.|What weight has the {thing} in {image}?',
  ),
  tool(
    'Search Pictures',
    'searches pictures like an image',
    ['image'],
    'Search pictures like {image}.|Please search for pictures that are like {image}.',
  ),
];

const VERBS = (
  'sharpen brighten fill sort trace mark paint hide mirror stretch wash merge split scan shade trim pack match measure fold copy frame clean melt polish ' +
  'stamp warm cool freeze shrink widen round bend dim smooth save send print lift glue tie open close push pull turn move plant mix bake'
).split(' ');
const NOUNS = (
  'corner crack shadow wheel window hand face road leaf stone roof door wing tail nose cloud river smoke light dust grain seam fold curve spot stripe ' +
  'color circle border center texture motion number letter person animal plant flower'
).split(' ');
const ONSETS = ['b', 'br', 'd', 'dr', 'f', 'fl', 'g', 'gr', 'k', 'l', 'm', 'n', 'p', 'pl', 'r', 's', 'st', 't', 'tr', 'v', 'w', 'z'];
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'ai', 'ou'];
const CODAS = ['b', 'ck', 'd', 'g', 'l', 'm', 'n', 'nd', 'p', 'r', 'rt', 's', 'sh', 't', 'x'];

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const invented = (rng: Rng): string =>
  `${rng.pick(ONSETS)}${rng.pick(VOWELS)}${rng.pick(CODAS)}${rng.bool(0.3) ? rng.pick(['er', 'el', 'on', 'y']) : ''}`;

/**
 * A tool that does not exist. Its name, description and requests share a word, often one that nobody has heard: what a model learns from it is to find
 * the word of a request in the list and to copy the name that stands there.
 */
export function inventedTool(rng: Rng): CatalogTool {
  const verb = rng.bool(0.4) ? invented(rng) : rng.pick(VERBS);
  const noun = rng.bool(0.4) ? invented(rng) : rng.pick(NOUNS);
  const [Verb, Noun] = [capital(verb), capital(noun)];
  const forms: (() => CatalogTool)[] = [
    () =>
      tool(
        `${Verb} the Image`,
        `will ${verb} an image`,
        ['image'],
        `${Verb} {image}.|Please ${verb} the image {image}.|I want you to ${verb} {image}.`,
      ),
    () =>
      tool(
        `${Verb} Something`,
        `will ${verb} a thing in a photo`,
        ['image', 'thing'],
        `${Verb} the {thing} in {image}.|Please ${verb} the {thing} of {image}.`,
      ),
    () =>
      tool(
        `${Noun} Detection`,
        `finds the ${noun} of an image`,
        ['image'],
        `Find the ${noun} of {image}.|Show me the ${noun} in {image}.|Which ${noun} is in {image}?`,
      ),
    () =>
      tool(
        `${Verb} Images`,
        `will ${verb} two images`,
        ['image', 'image'],
        `${Verb} {image} and {image}.|Please ${verb} {image} with {image}.`,
      ),
    () =>
      tool(
        `Predict ${Noun}`,
        `makes a ${noun} map of an image`,
        ['image'],
        `Predict the ${noun} of {image}.|Make a ${noun} map of {image}.`,
      ),
    () =>
      tool(
        `Measure ${Noun}`,
        `tells the ${noun} of a thing`,
        ['image', 'thing'],
        `What ${noun} has the {thing} in {image}?|Tell me the ${noun} of the {thing} in {image}.`,
      ),
    () =>
      tool(
        `${Verb} ${Noun}`,
        `will ${verb} a ${noun} by words`,
        ['image', 'text'],
        `${Verb} the ${noun} of {image} like {text}.|In {image}, ${verb} the ${noun} to {text}.`,
      ),
    () =>
      tool(
        `${Verb} by Another`,
        `will ${verb} a thing by another`,
        ['image', 'thing', 'thing'],
        `${Verb} the {thing} by the {thing} in {image}.|In {image}, ${verb} the {thing} by the {thing}.`,
      ),
  ];
  return rng.pick(forms)();
}
