/** So many in a row that nobody redeemed say that nobody will. */
const mostInVain = 1_000;
/** So many in a row are left without what only makes redeeming cheaper. */
const mostHanded = 64;

/**
 * Whether anything takes up what one giver of handles mints. Nobody can say so beforehand: the plugin
 * that redeems is started by the first request that reaches it, after the giver has handled that one.
 */
export class Redemptions {
  #everRedeemed = false;
  #inVain = 0;

  minted(): void {
    this.#inVain += 1;
  }

  redeemed(): void {
    this.#everRedeemed = true;
    this.#inVain = 0;
  }

  /** Whether handles are redeemed, so that more than the bare record is worth its memory. */
  get usual(): boolean {
    return this.#everRedeemed && this.#inVain < mostHanded;
  }

  /** Whether nothing seems to redeem them. */
  get none(): boolean {
    return this.#inVain >= mostInVain;
  }
}
