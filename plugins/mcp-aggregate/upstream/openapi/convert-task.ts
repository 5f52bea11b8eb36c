import { convertDocument } from '../../core/openapi/convert-document.js';
import type { ConvertedDocument, ConvertOptions } from '../../core/openapi/convert-document.js';
import { DocumentError } from '../../core/openapi/document/document-error.js';

/** What became of a document, or why it cannot be used. */
export type ConvertResult = ConvertedDocument | { readonly refused: string };

/** Converts a document, on whichever thread. */
export function convertTask(text: Uint8Array, options: ConvertOptions): ConvertResult {
  try {
    return convertDocument(Buffer.from(text).toString(), options);
  } catch (error) {
    if (error instanceof DocumentError) return { refused: error.message };
    // Of a document that is made to break its reader.
    if (error instanceof RangeError) return { refused: 'it is nested too deeply, or too large' };
    throw error;
  }
}
