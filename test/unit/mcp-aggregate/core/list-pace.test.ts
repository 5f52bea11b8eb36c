import { expect, it } from 'vitest';
import { catalogueOf, items } from '../../../support/aggregate/catalogue-rig.js';

const large = (count: number) => {
  const rig = catalogueOf();
  const names = Array.from({ length: count }, (_, n) => `t${n}`);
  rig.state.answer = async () => items(...names);
  return rig;
};

it('a list that is taken away again and again is fetched a few times at once, then as its size allows', async () => {
  const { catalogue, clock, state } = large(5_000);
  await catalogue.refreshOlderThan(0);
  const { cost } = catalogue.prepared;
  // Also where it never comes to be seen.
  const askAndTakeAway = async () => {
    catalogue.forget();
    const asked = catalogue.refreshOlderThan(0);
    catalogue.refreshIfDue();
    catalogue.forget();
    await asked;
  };
  for (let n = 0; n < 20; n++) await askAndTakeAway();
  expect(state.fetches).toBe(1 + 4);
  expect([catalogue.loaded, catalogue.refreshOlderThan(0)]).toEqual([false, undefined]);
  clock.advance(cost / 1_024 + 1);
  for (let n = 0; n < 20; n++) await askAndTakeAway();
  expect(state.fetches).toBe(1 + 4 + 1);
});

it('a list that is large is fetched no sooner for a name that it does not have', async () => {
  const { catalogue, clock, state } = large(20_000);
  await catalogue.refreshOlderThan(0);
  clock.advance(catalogue.prepared.cost / 1_024);
  expect(catalogue.refreshOlderThan(5_000)).toBeUndefined();
  clock.advance(1);
  await catalogue.refreshOlderThan(5_000);
  expect(state.fetches).toBe(2);
});
