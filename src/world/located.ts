// Expressions of scenes and the places that they name, as conversations.

import { conventionOf } from '../text/coordinates.js';
import { SensoriumError } from '../util/errors.js';
import type { Rng } from '../util/rng.js';
import type { Dialogue } from './questions.js';
import { pickReferring, type Referring, type ReferringKind, unitBox, whereQuestion } from './referring.js';
import { type Scene, type SceneObject, sceneRng, type WorldOptions } from './scene.js';
import type { ReferringOptions } from './sources.js';
import { makeTwins } from './twins.js';
import type { Language } from './vocabulary.js';

/**
 * How the reply to "Where is …?" is written. A mask token stands right behind the words of what it means, as in GLaMM (Rasheed et al. 2023,
 * arXiv:2311.03356): it is predicted from the state of the last of them.
 */
export function placeWriter(
  { place = { name: 'shikra' }, named = false }: Pick<ReferringOptions, 'place' | 'named'>,
  language: Language = 'en',
): (scene: Scene, found: Pick<Referring, 'text' | 'target'>) => string {
  const said = (text: string): string => (language === 'zh' ? text : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`);
  if ('mask' in place) return (_, { text }) => `${said(text)}${place.mask}${language === 'zh' ? '。' : '.'}`;
  const convention = conventionOf(place);
  const box = (scene: Scene, target: number): string => convention.write(unitBox(scene, scene.objects[target] as SceneObject));
  return (scene, { text, target }) => (named ? `${said(text)} ${box(scene, target)}` : box(scene, target));
}

/** Expressions about one scene, none twice, and their places. */
export function located(scene: Scene, o: ReferringOptions, { language, rng }: { language: Language; rng: Rng }): Dialogue {
  const { place, by, turns = place && 'mask' in place ? 1 : 3 } = o;
  const write = placeWriter(o, language);
  const [asked, out, targets]: [string[], Dialogue['turns'], number[]] = [[], [], []];
  for (let i = 0; i < turns; i++) {
    const found = pickReferring(scene, { language, kinds: by, rng, not: asked });
    if (!found) break;
    asked.push(found.text);
    targets.push(found.target);
    out.push({ role: 'user', content: whereQuestion(found, language, rng) }, { role: 'assistant', content: write(scene, found) });
  }
  return { scene, turns: out, language, targets };
}

/** The scene of twins at `index`, or the next one behind it in which something can be said. */
export function twinScene(index: number, world: WorldOptions, by: readonly ReferringKind[] | undefined): Scene {
  for (let k = 0; k < 64; k++) {
    const scene = makeTwins(index + k * 1_000_003, world);
    if (scene.objects.length > 0 && (!by || pickReferring(scene, { language: 'en', kinds: by, rng: sceneRng(0, 'any', index) })))
      return scene;
  }
  throw new SensoriumError('world.option', 'no scene has an expression of these kinds', { place: 'by', got: by?.join(', ') ?? 'any' });
}
