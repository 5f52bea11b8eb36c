const cleanUps = new Set<() => void>();
let listening = false;

function listen(): void {
  listening = true;
  // The test runner ends its workers by a signal, which alone runs no `exit` listener.
  for (const event of ['SIGTERM', 'SIGINT', 'SIGHUP', 'disconnect'] as const) {
    process.once(event, () => process.exit(1));
  }
  process.on('exit', () => {
    for (const cleanUp of cleanUps) cleanUp();
  });
}

/** Runs `cleanUp` when this process ends, however it does, SIGKILL apart; it must not wait. */
export function atExit(cleanUp: () => void): void {
  if (!listening) listen();
  cleanUps.add(cleanUp);
}
