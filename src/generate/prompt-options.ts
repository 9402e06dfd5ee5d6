// How a conversation becomes a prompt: opened for a new reply, or left open where its last message ends.

/** Options of a prompt made from messages. */
export interface PromptOptions {
  /**
   * The reply goes on with the last message, which is the assistant's, instead of answering it. A string names the field that is
   * continued. Default false. Models without turns in their prompts go on with it in any case.
   */
  continueFinalMessage?: boolean | string;
}

/** What `ChatTemplate.render` is asked for. */
export function renderOptions(variables: Readonly<Record<string, unknown>> | undefined, { continueFinalMessage = false }: PromptOptions) {
  return { variables, continueFinalMessage, addGenerationPrompt: continueFinalMessage === false };
}
