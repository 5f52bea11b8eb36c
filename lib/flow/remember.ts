/**
 * `read`, remembering what it answered for short texts: the same few header names and values come
 * with request after request. At most `capacity` are kept; then all are forgotten at once, so that
 * made-up ones cost no more than reading them. `read` must depend on the text alone, and what it
 * answers must not be changed.
 */
export function remembering<T>(
  read: (text: string) => T,
  capacity = 256,
  longest = 256,
): (text: string) => T {
  const known = new Map<string, { readonly answer: T }>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found.answer;
    const answer = read(text);
    if (text.length > longest) return answer;
    if (known.size >= capacity) known.clear();
    known.set(text, { answer });
    return answer;
  };
}
