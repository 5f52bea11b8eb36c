import { closeSync, readFileSync, readdirSync } from 'node:fs';

/** The kernel's O_CLOEXEC, as /proc writes it, on all that Linux runs on with Node but alpha and sparc. */
const closeOnExec = 0o2000000;

/**
 * Closes what this process inherited beyond its three standard descriptors, such as sockets of Kong's
 * worker, so that no child process inherits it in turn. Node opens its own for this process alone,
 * which tells them apart. Does nothing where there is no /proc.
 * @returns how many were closed
 */
export function closeInheritedDescriptors(): number {
  const inherited = descriptors().filter((descriptor) => descriptor > 2 && isInherited(descriptor));
  for (const descriptor of inherited) closeSync(descriptor);
  return inherited.length;
}

function descriptors(): number[] {
  try {
    return readdirSync('/proc/self/fdinfo').map(Number);
  } catch {
    return [];
  }
}

function isInherited(descriptor: number): boolean {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
    const flags = /^flags:\s*([0-7]+)$/m.exec(info)?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    return false;
  }
}
