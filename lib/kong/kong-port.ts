/**
 * The PDK calls our plugins use, typed as they answer over ProtoBuf:1.
 *
 * kong-pdk's proxy turns `kong.service.request.setHeader` into the RPC
 * `kong.service.request.set_header`. Calls started in the same turn of the event loop leave in one
 * flush, so `Promise.all([...])` costs one round trip: count flushes, not calls.
 */

/** A value of `google.protobuf.Value`, as Kong sends it. */
export type KongValue =
  null | boolean | number | string | readonly KongValue[] | { readonly [key: string]: KongValue };

/** Request headers by lower-case name; a repeated header is a list. */
export type KongHeaders = Readonly<Record<string, string | readonly string[]>>;

/** What `kong.request.get_raw_body` answers: the bytes, the file nginx spilled them to, or why not. */
export interface RawBody {
  readonly content?: Uint8Array;
  readonly bodyFilepath?: string;
  readonly error?: string;
}

/** A Kong consumer; an unknown one arrives with an empty `id`. */
export interface KongConsumer {
  readonly id: string;
  readonly username?: string;
  readonly customId?: string;
}

/** A route or service of Kong's. */
export interface KongEntity {
  readonly id: string;
  readonly name?: string;
}

/** What `kong.client.authenticate` takes; either part may be missing. */
export interface Authentication {
  readonly consumer?: KongConsumer;
  readonly credential?: { readonly id: string; readonly consumerId?: string };
}

/** Kong as our plugins see it. Every call may reject; the plugin server then answers 500. */
export interface KongPort {
  readonly request: {
    /** At most `max` header lines are returned (Kong's own maximum is 1000). */
    getHeaders(max: number): Promise<KongHeaders>;
    getMethod(): Promise<string>;
    /** Normalised, without query. */
    getPath(): Promise<string>;
    /** Path and query as the client sent them, not normalised. */
    getPathWithQuery(): Promise<string>;
    getRawBody(): Promise<RawBody>;
    getForwardedHost(): Promise<string>;
  };
  readonly service: {
    setTarget(host: string, port: number): Promise<void>;
    readonly request: {
      setScheme(scheme: 'http' | 'https'): Promise<void>;
      setHeader(name: string, value: string): Promise<void>;
      setHeaders(headers: Readonly<Record<string, string>>): Promise<void>;
      clearHeader(name: string): Promise<void>;
      setPath(path: string): Promise<void>;
    };
  };
  readonly response: {
    /** On the answer, whoever gives it. */
    setHeader(name: string, value: string): Promise<void>;
    /** Ends the request. Resolves at once; the plugin must return after it. */
    exit(
      status: number,
      body?: string | Uint8Array,
      headers?: Readonly<Record<string, string>>,
    ): Promise<void>;
  };
  readonly client: {
    getConsumer(): Promise<KongConsumer | null>;
    loadConsumer(id: string, byUsername: boolean): Promise<KongConsumer | null>;
    authenticate(authentication: Authentication): Promise<void>;
  };
  readonly nginx: {
    getCtx(name: string): Promise<KongValue>;
    /** A variable of nginx as text; empty where it has no value. */
    getVar(name: string): Promise<string>;
  };
  readonly router: {
    /** The route that the request has matched. */
    getRoute(): Promise<KongEntity | null>;
    getService(): Promise<KongEntity | null>;
  };
  readonly ctx: {
    readonly shared: {
      /** A value of this request that other plugins can read and no client can set. */
      get(key: string): Promise<KongValue>;
      set(key: string, value: KongValue): Promise<void>;
      /** The bytes of a text; null or empty where there is none. */
      getBytes(key: string): Promise<Uint8Array | null>;
      /** What lib/fewer-calls/deeds.ts has written, for a function that has answered this request. */
      tell(deeds: string): Promise<void>;
    };
  };
  readonly log: {
    /** Adds `value` under `key` to what Kong's logging plugins write for this request. */
    setSerializeValue(key: string, value: KongValue): Promise<void>;
    err(message: string): Promise<void>;
  };
}
