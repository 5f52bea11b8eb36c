/** Never asked for and never advertised (A15): refresh tokens are between client and issuer. */
export const offlineAccess = 'offline_access';
