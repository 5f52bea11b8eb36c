import type { Finding } from '../validate/finding.js';

/** Makes findings about one thing that was looked at: a file, a socket, an address. */
export interface About {
  error(place: string, message: string, mend?: string): Finding;
  warning(place: string, message: string, mend?: string): Finding;
  note(place: string, message: string, mend?: string): Finding;
}

export function about(file: string): About {
  const at =
    (level: Finding['level']) =>
    (place: string, message: string, mend?: string): Finding => ({
      level,
      file,
      place,
      message,
      ...(mend === undefined ? {} : { mend }),
    });
  return { error: at('error'), warning: at('warning'), note: at('note') };
}
