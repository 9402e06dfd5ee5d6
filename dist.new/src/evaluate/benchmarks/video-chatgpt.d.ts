import type { Benchmark } from '../benchmark.js';
import { type FileRow } from '../file-benchmark.js';
import type { FileSource } from '../file-rows.js';
type VideoRow = FileRow & {
    axes: readonly Axis[];
};
declare const AXES: {
    readonly correctness: 'Correctness: do the facts of the answer agree with the true answer, without misunderstanding or invention?';
    readonly detail: 'Detail: does the answer cover the main points of the true answer, with particulars and not in general words?';
    readonly context: 'Context: does the answer fit the theme of the video as the true answer has it?';
    readonly temporal: 'Order in time: does the answer have events in the order of the true answer?';
    readonly consistency: 'Consistency: the question is asked in two ways and each answer is judged by itself. Does this one agree with the true answer?';
    readonly qa: 'Match: does the answer mean the same as the true answer? Synonyms and paraphrases count.';
};
type Axis = keyof typeof AXES;
/** Video-ChatGPT's `generic_qa.json`, `temporal_qa.json`, `consistency_qa.json`, and rows of question, answer and video, with a judge. */
export declare const videoChatGpt: ({ data, images, files }: FileSource) => Benchmark<VideoRow>;
export {};
