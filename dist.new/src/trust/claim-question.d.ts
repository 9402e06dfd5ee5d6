import type { Vocabulary } from '../evaluate/mentions.js';
import type { Language } from '../evaluate/scenes.js';
import type { Claim } from './claim.js';
/** The names of objects in a language, and how an answer is read for them. */
export interface Naming {
    language: Language;
    vocabulary: Vocabulary;
    /** The first name of an object; its id where the vocabulary has none. */
    name(id: string): string;
}
/** The names of a vocabulary. */
export declare function namingOf(vocabulary: Vocabulary, language: Language): Naming;
export interface ClaimQuestion {
    question: string;
    /** Whether the claim, taken without its denial, holds by the answer; `instead`: what the answer gives in its place. */
    read(reply: string): {
        verdict: 'true' | 'false' | 'unknown';
        instead?: string;
    };
}
/** "Is there a dog in the image?", "What color is the dog?", "How many dogs are there?", "What is to the left of the cup?" */
export declare function claimQuestion(claim: Claim, { language, vocabulary, name }: Naming): ClaimQuestion;
