import { type FileHandle } from 'node:fs/promises';
import { SensoriumError } from '../util/errors.js';
/** Opens a file for reading; the caller closes it. Throws `data.read` for what is missing, may not be read or is a folder. */
export declare function openDataFile(file: string): Promise<FileHandle>;
/** `data.read` for what cannot be opened, with the reason: missing, not permitted, … */
export declare function cannotOpen(place: string, cause: unknown, what?: string): SensoriumError;
/** Throws `data.read` where the folder of the images that is given is not one. */
export declare function checkImageFolder(images: string | undefined): Promise<void>;
/** Names in a folder, in order; none where the path is a file or leads nowhere. Throws `data.read` for a folder that may not be read. */
export declare function namesIn(path: string): Promise<string[]>;
