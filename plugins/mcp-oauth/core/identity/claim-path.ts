export { claimAt } from '../../../../lib/claim-path.js';
export type { ClaimPath } from '../../../../lib/claim-path.js';
