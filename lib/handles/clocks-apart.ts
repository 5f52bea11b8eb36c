/** By how much the clocks of two nodes of one gateway may differ, in milliseconds. */
export const clocksApartMs = 30_000;
