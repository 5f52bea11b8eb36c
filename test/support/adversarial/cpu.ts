/** How long a thing is warmed up unless said otherwise, and how often it is measured at least. */
const usualWarmUpMs = 30;
const rounds = 3;
/** What is measured at a time takes no less, or the clock and the collector would decide. */
const leastMs = 3;

/**
 * CPU time that `run` takes of this process, in milliseconds: the least of several rounds, which
 * neither other processes nor the collector make longer. Looks no further once it is `enough` or less.
 */
export async function cpuOf(
  run: () => void | Promise<void>,
  enough = 0,
  warmUpMs = usualWarmUpMs,
): Promise<number> {
  let times = 0;
  let spent = 0;
  let least = Infinity;
  while (spent < warmUpMs && times < 200) {
    const taken = await cpuOfRounds(run, 1);
    spent += taken;
    times += 1;
    const mean = spent / times;
    if (spent >= leastMs) least = Math.min(least, taken >= leastMs ? taken : mean);
    if (least <= enough) return least;
  }
  const each = Math.max(1, Math.min(100, Math.ceil((leastMs * times) / Math.max(spent, 0.001))));
  for (let round = 0; round < rounds && least > enough; round++) {
    least = Math.min(least, (await cpuOfRounds(run, each)) / each);
  }
  return least;
}

async function cpuOfRounds(run: () => void | Promise<void>, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < times; n++) {
    const waiting = run();
    if (waiting !== undefined) await waiting;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
