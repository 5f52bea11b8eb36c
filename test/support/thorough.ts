/** Set where there is time: each night, and before a release. */
const thorough = (process.env['THOROUGH'] ?? '') !== '';

/**
 * How often a dear test does its thing: `usual` times where every change waits for it, `all` times
 * where THOROUGH is set. The bounds are the same.
 */
export function howOften(usual: number, all: number): number {
  return thorough ? all : usual;
}
