// The forms of all endpoints that take files, by name: what a thread is told that reads one.

import type { z } from 'zod';
import { fileUpload } from './files-schema.js';
import { transcriptionForm, translationForm } from './transcriptions-schema.js';

/** Schemas by name. Each has one `file`. */
export const FORMS = { file: fileUpload, transcription: transcriptionForm, translation: translationForm } as const;

export type FormName = keyof typeof FORMS;
/** The fields of a form beside its file. */
export type FormFields<N extends FormName> = Omit<z.infer<(typeof FORMS)[N]>, 'file'>;
