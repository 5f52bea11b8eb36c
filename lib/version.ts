/** Version of this package and of both plugins; equal to package.json's. */
export const version = '0.1.0';
