import type { ChatMessage } from '../../text/index.js';
import type { ImageFacts } from './facts.js';
import type { PromptContext } from './prompts.js';
/** What a teacher is asked. A model reads `messages` alone. */
export interface TeacherRequest {
    messages: readonly ChatMessage[];
    kind: string;
    facts: ImageFacts;
    context: PromptContext;
    /** The reply to the first request, where this one is about it. */
    before?: string;
    /** Of its sampling. */
    seed: number;
}
/** How replies come back: each as soon as it is there. */
export interface TeacherOptions {
    signal?: AbortSignal;
    onReply(place: number, reply: string): void;
    /** A request that the teacher does not answer, and why; the others go on. */
    onFailed(place: number, reason: string): void;
}
/** How a teacher draws its replies; part of each row's provenance. */
export interface Sampling {
    temperature?: number;
    topP?: number;
    maxTokens?: number;
}
export interface Teacher {
    /** As rows name it. */
    readonly name: string;
    readonly seesImages: boolean;
    readonly sampling?: Sampling;
    /** Errors: whatever ends all requests, such as a server that is down. */
    replies(requests: readonly TeacherRequest[], options: TeacherOptions): Promise<void>;
}
