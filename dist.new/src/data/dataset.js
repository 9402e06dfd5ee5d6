// The interfaces of data sets: random access to samples, conversations with the places of their rows, tables of records.
/** The picture and video parts of a conversation, in order. */
export function mediaOf(conversation) {
    return conversation.messages.flatMap(({ content }) => Array.isArray(content) ? content.filter((part) => part.type !== 'text') : []);
}
//# sourceMappingURL=dataset.js.map