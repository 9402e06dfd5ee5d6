// Worlds of one medium as data sets of conversations: the medium in the first question, made when it is read.
/** Turns with a medium before the words of the first question. */
export function turnsAbout(part, turns) {
    const first = turns.findIndex(({ role }) => role === 'user');
    return turns.map(({ role, content }, i) => i === first ? { role, content: [part, { type: 'text', text: content }] } : { role, content });
}
/**
 * Items of a world as data that stages and mixtures take.
 * @example stage.instruct({ data: worldMedia(videos({ items: 20_000, seed: 3 })), train: ['connector', 'language'], steps: 400 })
 */
export function worldMedia(source) {
    return {
        async open() {
            const { world, length, description } = source;
            const assets = await world.load();
            return {
                length,
                describe: { ...description },
                async get(row) {
                    const { item, key, turns } = source.get(row);
                    const messages = turnsAbout(world.part(item, key, assets), turns);
                    return { id: String(row), messages, extra: { item }, at: { file: `world ${world.name}`, row } };
                },
            };
        },
    };
}
//# sourceMappingURL=media-worlds.js.map