import { h } from './dom.mjs';

/** A duration as it is said. */
export function age(seconds) {
  if (seconds < 1) return 'less than 1 s';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export function count(number, word) {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

/** A word that stands out; the colour only repeats what it says. */
export function pill(tone, text) {
  return h('span', { class: `pill ${tone}` }, text);
}

/** Names with values; those without one are left out. */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return h(
    'dl',
    { class: 'facts' },
    known.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))),
  );
}

/** That a list goes on. */
export function more(all, shown) {
  return all > shown && h('li', { class: 'note' }, `and ${all - shown} more`);
}
