/**
 * Inner modules of oidc-provider, imported in place of its entry because that prints a notice
 * about the Node version to stderr on import, and its default adapter another.
 */
declare module 'oidc-provider/lib/provider.js' {
  export { Provider } from 'oidc-provider';
}

declare module 'oidc-provider/lib/adapters/memory_adapter.js' {
  import type { AdapterFactory } from 'oidc-provider';
  export function createMemoryAdapter(clockTolerance?: number): AdapterFactory;
}

declare module 'oidc-provider/lib/helpers/errors.js' {
  export class InvalidGrant extends Error {}
  export class InvalidTarget extends Error {}
}
