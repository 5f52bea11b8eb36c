/** Whether a schema is of what is sent or of what comes back. */
export type Direction = 'input' | 'output';

export interface ConvertContext {
  readonly direction: Direction;
  /** Names the schema that a reference leads to, and takes note of it. @throws DocumentError */
  readonly nameReference: (reference: string) => string;
}
