// Requests and answers of /v1/files.

import { z } from 'zod';
import { PURPOSES } from './files.js';

const purpose = z.enum(PURPOSES);
/** What comes out of a form or an address is text. */
export const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(least).max(most));

/** The file of a form. */
export const uploaded = z
  .file('a file')
  .refine(({ name }) => name.length > 0 && name.length <= 512, 'a file with a name of at most 512 characters');

/** The form of POST /v1/files. */
export const fileUpload = z.strictObject({
  file: uploaded,
  purpose,
  'expires_after[anchor]': z.literal('created_at').optional(),
  'expires_after[seconds]': whole(3600, 30 * 24 * 3600).optional(),
});

/** The query of GET /v1/files. */
export const fileListQuery = z.strictObject({
  purpose: purpose.optional(),
  limit: whole(1, 10_000).default(10_000),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().optional(),
});

/** A file as the API shows it. */
export const fileObject = z.object({
  id: z.string(),
  object: z.literal('file'),
  bytes: z.int(),
  created_at: z.int(),
  expires_at: z.int(),
  filename: z.string(),
  purpose,
  status: z.literal('processed'),
});

/** Answer of GET /v1/files. */
export const fileList = z.object({
  object: z.literal('list'),
  data: z.array(fileObject),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
  has_more: z.boolean(),
});

/** Answer of DELETE /v1/files/ID. */
export const fileDeleted = z.object({ id: z.string(), object: z.literal('file'), deleted: z.literal(true) });
