/** Group and version of our resources. */
export const group = 'kong-mcp.dev';
export const version = 'v1alpha1';
export const apiVersion = `${group}/${version}`;

/** Secrets that resources may refer to carry it, so that nobody sends out a Secret by naming it. */
export const credentialLabel = `${group}/credential`;
/** On objects that the controller writes. */
export const managedLabel = `${group}/gateway`;
/** Held until what a resource has made is taken away. */
export const finalizer = `${group}/served`;
