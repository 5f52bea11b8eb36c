export { claimAt } from '../../../../lib/identity/claim-path.js';
export type { ClaimPath } from '../../../../lib/identity/claim-path.js';
