// The two questions of a chain in two stages (Multimodal-CoT): what asks for a rationale, and how it stands behind the question.

/** The first question: for a rationale. */
export const askRationale = (question: string): string => `${question}\nRationale:`;

/** The second question: with the rationale, for the answer. */
export const withRationale = (question: string, rationale: string): string => `${question}\nRationale: ${rationale}\nAnswer:`;
