// CHAIR as its published script computes it: whole captions as lists of singular words, a table of synonyms, double words, and its mistakes.
import { SensoriumError } from '../util/errors.js';
import { singularize } from './singularize.js';
import { treebankWords } from './treebank.js';
const animals = 'bird cat dog horse sheep cow elephant bear zebra giraffe animal cub'.split(' ');
/** Pairs of words that count as one, and the word that they count as. */
const doubles = new Map([
    ...('motor bike|motor cycle|air plane|traffic light|street light|traffic signal|stop light|fire hydrant|stop sign|parking meter|suit case|' +
        'sports ball|baseball bat|baseball glove|tennis racket|wine glass|hot dog|cell phone|mobile phone|teddy bear|hair drier|potted plant|' +
        'laptop computer|home plate|train track')
        .split('|')
        .map((pair) => [pair, pair]),
    // Neither a baby bird nor a passenger jet is a person.
    ...animals.flatMap((animal) => [
        [`baby ${animal}`, animal],
        [`adult ${animal}`, animal],
    ]),
    ['passenger jet', 'jet'],
    ['passenger train', 'train'],
    ['bow tie', 'tie'],
    ['toilet seat', 'toilet'],
    ['wine glas', 'wine glass'],
]);
/** The published reader of captions over a table of synonyms. */
export class OfficialChair {
    objects = new Map();
    /**
     * `synonyms`: the lines of the published table, one for each object: its name, then its synonyms, divided by a comma and one space. A
     * synonym that begins with another space is never found, as in the script. Errors: `trust.synonyms` for a table without objects.
     */
    constructor(synonyms) {
        for (const line of synonyms.split('\n')) {
            if (!line.trim())
                continue;
            const names = line.trim().split(', ');
            for (const name of names)
                this.objects.set(name, names[0]);
        }
        if (this.objects.size === 0)
            throw new SensoriumError('trust.synonyms', 'the table of synonyms has no objects', {
                expected: 'a line for each object: its name and its synonyms, divided by ", "',
                got: 'no line',
            });
    }
    /** The object that a word stands for; undefined for a word that the table does not have. */
    object(word) {
        return this.objects.get(word);
    }
    /** The objects that a caption mentions. */
    read(caption) {
        const words = treebankWords(caption.toLowerCase()).map(singularize);
        const joined = [];
        for (let i = 0; i < words.length; i++) {
            const double = doubles.get(`${words[i]} ${words[i + 1]}`);
            joined.push(double ?? words[i]);
            if (double !== undefined)
                i++;
        }
        // The seat of a toilet is not a chair; nor is any other seat in such a caption.
        const seated = joined.includes('toilet') ? joined.filter((word) => word !== 'seat') : joined;
        return { words: joined, mentioned: seated.flatMap((word) => this.objects.get(word) ?? []) };
    }
}
/** Scores one caption against the objects of its image. */
export function officialScores(mentioned, truth) {
    const present = new Set(truth);
    const hallucinated = mentioned.filter((object) => !present.has(object));
    return {
        mentioned,
        hallucinated,
        CHAIRs: hallucinated.length > 0 ? 1 : 0,
        CHAIRi: mentioned.length ? hallucinated.length / mentioned.length : 0,
    };
}
//# sourceMappingURL=chair-official.js.map