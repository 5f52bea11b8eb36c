/** `data` of each event of a stream whose text comes in pieces (HTML, 9.2.6); a last half one is dropped. */
export async function* readEvents(pieces) {
  let rest = '';
  let data = [];
  for await (const piece of pieces) {
    const text = rest + piece;
    // A carriage return at the end may be half of a line end.
    const whole = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, whole).split(/\r\n|\n|\r/);
    rest = lines.pop() + text.slice(whole);
    for (const line of lines) {
      if (line !== '') {
        const value = /^data(?:: ?(.*))?$/s.exec(line);
        if (value !== null) data.push(value[1] ?? '');
      } else if (data.length > 0) {
        yield data.join('\n');
        data = [];
      }
    }
  }
}
