// The rows of Whisper's encoder.
import { Whisper, whisperConfig } from '../../encoders/whisper.js';
import { defineFamily } from '../../family.js';
import { hasPrefix, prefixMap } from '../../names.js';
/** Whisper's encoder; the decoder is left in the file. */
export const whisperFamily = defineFamily({
    modelType: 'whisper',
    architectures: ['WhisperModel', 'WhisperForConditionalGeneration'],
    alsoFor: ['WhisperForAudioClassification'],
    kind: 'encoder',
    config: whisperConfig,
    build: (c) => new Whisper(c),
    names: (inFile) => (hasPrefix(inFile, 'model.encoder.') ? prefixMap([['encoder', 'model.encoder']]) : undefined),
    ignore: [/^(model\.)?decoder\./, /^proj_out\./, /^(projector|classifier)\./, /^layer_weights$/],
});
//# sourceMappingURL=family.js.map