/** `work`, but once at a time per key: who asks meanwhile gets the same outcome. */
export function singleFlight<T>(work: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const flying = new Map<string, Promise<T>>();
  return (key) => {
    const known = flying.get(key);
    if (known !== undefined) return known;
    const flight = work(key).finally(() => flying.delete(key));
    flying.set(key, flight);
    return flight;
  };
}
