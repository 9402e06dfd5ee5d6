// Export to GGUF: the language model as llama.cpp loads it, and beside it the image side of a LLaVA.
import { basename, join, resolve } from 'node:path';
import { MultimodalNetwork } from '../../networks/index.js';
import { ggufClip } from './gguf-clip.js';
import { writeGguf } from './gguf-file.js';
import { ggufLanguage } from './gguf-language.js';
import { ggufTokenizer } from './gguf-tokenizer.js';
import { writeExport } from './output.js';
import { openExport } from './source.js';
/**
 * Writes `NAME-WEIGHTS.gguf` (and `mmproj-NAME-f16.gguf`, f32 for f32, for a LLaVA of a CLIP or SigLIP tower) into a new folder, a tensor at a time.
 * Errors: `weights.export` for models that llama.cpp has no form for, and those of reading the model and writing the folder.
 */
export async function exportGguf(dir, out, { weights = 'f16', signal } = {}) {
    const source = await openExport(dir);
    const name = basename(resolve(dir));
    const language = ggufLanguage(source, weights);
    const raw = (source.raw.text_config ?? source.raw);
    const tokenizer = await ggufTokenizer(dir, { vocabSize: language.config.vocab_size, config: raw });
    const side = weights === 'f32' ? 'f32' : 'f16';
    const clip = source.network instanceof MultimodalNetwork ? await ggufClip(source, side) : undefined;
    return writeExport(out, async (folder) => {
        const files = [`${name}-${weights}.gguf`];
        const metadata = { ...language.metadata, 'general.name': name, ...tokenizer.metadata };
        await writeGguf(join(folder, files[0]), metadata, language.tensors, { signal });
        if (clip) {
            const file = `mmproj-${name}-${side}.gguf`;
            await writeGguf(join(folder, file), { ...clip.metadata, 'general.name': name }, clip.tensors, { signal });
            files.push(file);
        }
        return { files, notes: [...tokenizer.notes, ...(clip?.notes ?? [])] };
    });
}
//# sourceMappingURL=gguf.js.map