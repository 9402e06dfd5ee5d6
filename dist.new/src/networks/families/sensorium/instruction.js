// Connectors that read the instruction (InstructBLIP): its words go to the vision program with the pixels of the image that they stand with.
import { isImagePart, mediaParts } from '../../../text/messages.js';
import { textOf } from '../../../text/plain-text.js';
import { hostTensor } from '../../../util/host.js';
/** The words beside each image of a conversation: the text of the message that it stands in, never that of a reply. */
function instructions(messages) {
    return messages.flatMap((message) => new Array(mediaParts([message]).filter(isImagePart).length).fill(textOf([message]).trim()));
}
/**
 * A processor that also feeds `instruction` and `instruction_mask`, int32 [1, n], where the network's connector reads n words; the same processor
 * where it reads none. Longer instructions are cut, shorter ones filled up, so that images with any instruction go through the program together.
 */
export function withInstruction(processor, { network, tokenizer }) {
    const length = network.multi_modal_projector.instructionLength;
    if (length === undefined)
        return processor;
    const read = (text) => {
        const words = tokenizer.encode(text).slice(0, length);
        const filled = (values) => {
            const tensor = hostTensor('int32', [1, length]);
            tensor.data.set(values);
            return tensor;
        };
        // A conversation without words has one that means nothing: attention needs something to read.
        const mask = new Array(Math.max(1, words.length)).fill(1);
        return { instruction: () => filled(words), instruction_mask: () => filled(mask) };
    };
    return Object.assign(Object.create(processor), {
        prepare(images, messages) {
            const texts = instructions(messages);
            return processor.prepare(images, messages).map((image, i) => {
                const text = texts[i] ?? '';
                const words = read(text);
                return {
                    ...image,
                    variant: text,
                    async feeds(names) {
                        const own = Object.entries(words).filter(([name]) => names?.includes(name) ?? true);
                        const others = names?.filter((name) => !(name in words));
                        const pixels = others?.length === 0 ? {} : await image.feeds(others);
                        return { ...pixels, ...Object.fromEntries(own.map(([name, make]) => [name, make()])) };
                    },
                };
            });
        },
    });
}
//# sourceMappingURL=instruction.js.map