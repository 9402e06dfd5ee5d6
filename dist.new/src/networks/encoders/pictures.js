// Encoders of pictures of one size, which take images and frames of videos, and which encoders of tiles and of several towers are made of.
import { input } from '../../graph/index.js';
import { processOff } from '../../media/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { defineEncoder, encoderFrom, } from './define.js';
/** The input of a program that encodes pictures: `pixels` [pictures, 3, height, width]. */
export const pictureInput = ({ pictureSize: [height, width] }, axis = 'pictures') => input('pixels', [axis, 3, height, width]);
/**
 * Defines a kind of encoder of pictures of one size: images are one item each, and videos one for each frame.
 * Errors of the result: `model.config`; see `defineEncoder`.
 */
export function definePictureEncoder(kind, definition) {
    return defineEncoder(kind, {
        ...definition,
        reader: (network, config) => pictureReader(network, definition.images(config)),
    });
}
/** Images as one picture each, and videos as one for each frame. */
export function pictureReader({ pictureSize }, images) {
    const of = (pictures) => {
        for (const picture of pictures)
            assertPictureSize(picture, images, pictureSize);
        return { items: pictures.length, feeds: { pixels: () => picturePixels(pictures, images, pictureSize) } };
    };
    return { imageItems: 1, image: (image) => of([image]), video: ({ frames }) => ({ ...of(frames), variant: 'video' }) };
}
/** An encoder of pictures of one size by its config. Errors: `model.encoder` for another kind, `model.config`. */
export function pictureEncoder(config, place) {
    const built = encoderFrom(config, place);
    if (built.images)
        return built;
    throw new SensoriumError('model.encoder', 'this encoder does not take pictures of one size', {
        place: place ?? 'config.json: encoder',
        expected: 'one such as clip-vision, siglip-vision or dinov2',
        got: config.kind,
    });
}
/** Errors: `model.processor` where the processor makes of this size another than the encoder takes. */
export function assertPictureSize(size, processor, wanted) {
    const { width, height } = processor.outputSize(size);
    if (height === wanted[0] && width === wanted[1])
        return;
    throw new SensoriumError('model.processor', 'the image processor makes pictures of another size than the encoder takes', {
        place: 'encoder: image_processor',
        expected: `${wanted[1]}x${wanted[0]}`,
        got: `${width}x${height}`,
    });
}
/** Pictures as an encoder takes them: [pictures, 3, height, width]. */
export async function picturePixels(pictures, processor, [height, width]) {
    const pixels = hostTensor('float32', [pictures.length, 3, height, width]);
    for (const [i, picture] of pictures.entries())
        pixels.data.set(await processOff(processor, 'process', [picture]), i * 3 * height * width);
    return pixels;
}
//# sourceMappingURL=pictures.js.map