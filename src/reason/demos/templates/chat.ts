// Chat turns: every demonstration is a turn of the user with the reply of the assistant. For models that were tuned on conversations.

import type { ChatMessage } from '../../../text/index.js';
import { contentOf, type DemoTemplate } from './template.js';

const isSystem = ({ role }: ChatMessage): boolean => role === 'system' || role === 'developer';

/** Turns; system messages stay first, earlier turns of the conversation stand behind the demos. */
export const chatTurns: DemoTemplate = {
  name: 'chat',
  about: 'turns of user and assistant',
  write(demos, query) {
    const { before = [], content } = query;
    return [
      ...before.filter(isSystem),
      ...demos.flatMap((demo): ChatMessage[] => [
        { role: 'user', content: contentOf(demo, query) },
        { role: 'assistant', content: demo.answer },
      ]),
      ...before.filter((message) => !isSystem(message)),
      { role: 'user', content },
    ];
  },
};
