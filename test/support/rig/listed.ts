import { until } from '../readiness.js';
import { rpc } from '../rpc.js';

export interface ListedOptions {
  /** Or a new one for each look. */
  readonly token?: string | (() => Promise<string>);
  /** Default `tools/list`. */
  readonly method?: string;
  readonly timeoutMs?: number;
}

/** Waits until an endpoint's list holds every one of `names`: names, URIs or beginnings of them. */
export async function untilListed(
  url: string,
  names: readonly string[],
  options: ListedOptions = {},
): Promise<void> {
  const { token, method = 'tools/list', timeoutMs } = options;
  const look = async (): Promise<boolean> => {
    const own = typeof token === 'function' ? await token() : token;
    const { text } = await rpc(url, method, own === undefined ? {} : { token: own });
    const missing = names.filter((name) => !text.includes(`"${name}`));
    if (missing.length > 0) throw new Error(`not there: ${missing.join(', ')}`);
    return true;
  };
  const what = `${method} of ${url} never held all`;
  await until(look, { what, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
}
