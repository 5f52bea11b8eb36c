/** A server's change of state, as the plugin server's log tells it. */
export interface ServerEvent {
  readonly server: string;
  readonly up: boolean;
  readonly reason: string;
}

/** Reads a line of the plugin server's log; undefined when it is about something else. */
export function serverEvent(line: string): ServerEvent | undefined {
  if (!line.includes('"upstream_') && !line.includes('"server_unusable"')) return undefined;
  try {
    const entry = JSON.parse(line) as Record<string, unknown>;
    const { event, server, reason } = entry;
    if (typeof server !== 'string') return undefined;
    const why = typeof reason === 'string' ? reason : '';
    if (event === 'upstream_ready') return { server, up: true, reason: '' };
    const down = event === 'upstream_failing' || event === 'server_unusable';
    return down ? { server, up: false, reason: why } : undefined;
  } catch {
    return undefined;
  }
}
