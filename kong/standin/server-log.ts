/** Writes a line to the error log (stderr) in nginx's layout. */
export function serverLog(level: 'info' | 'notice' | 'warn' | 'error', message: string): void {
  const time = new Date().toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  process.stderr.write(`${time} [${level}] ${process.pid}#0: ${message}\n`);
}
