import { h } from './dom.mjs';

/**
 * What the configuration says of a tool, a sentence each.
 * @param rules as `/status/tools` tells them
 * @param hides whether those who lack scopes do not see it
 */
export function ruleTexts(rules, hides) {
  const { scopes, unclear, views, pin } = rules;
  const refused = hides ? 'does not see it' : 'is refused, and told what to ask for';
  return [
    unclear && 'What scopes it needs is not known yet: nobody may call it.',
    scopes.length > 0 && `Needs ${names(scopes)}; who lacks one ${refused}.`,
    ...claimTexts(rules.claims),
    ...rules.arguments.map(argumentText),
    rules.fixed_arguments.length > 0 &&
      `The gateway sets ${names(rules.fixed_arguments)}; clients do not see it.`,
    rules.hidden_arguments.length > 0 &&
      `Nobody may give ${names(rules.hidden_arguments)}; clients do not see it.`,
    rules.logged_arguments.length > 0 && `Logged with calls: ${names(rules.logged_arguments)}.`,
    ...rules.guards.map(({ name, on }) => `Guard ${name} is asked ${sides(on)}.`),
    views !== null && (views.length > 0 ? `Views: ${names(views)}.` : 'No view shows it.'),
    pin !== null && pinTexts[pin],
  ].filter(Boolean);
}

const sides = (on) =>
  `${on.map((side) => (side === 'request' ? 'before' : 'after')).join(' and ')} the call`;
const names = (list) => list.join(', ');

const pinTexts = {
  approved: 'Pinned: it is as it was approved.',
  changed: 'Pinned: it differs from what was approved.',
  added: 'Pinned: it is not among what was approved.',
};

const tests = {
  equals: 'is one value',
  one_of: 'is one of some values',
  contains: 'holds one value',
};

/** Denying rules first, as they are decided; of the others one must hold. */
function claimTexts(claims) {
  const of = (effect) =>
    claims
      .filter((rule) => rule.effect === effect)
      .map(({ claim, by }) => `claim ${claim} ${tests[by]}`);
  const allows = of('allow');
  return [
    ...of('deny').map((test) => `Hidden from whose ${test}.`),
    allows.length > 0 && `Only for whose ${allows.join(', or whose ')}.`,
  ];
}

function argumentText({ argument, effect, by, claim, optional, reason }) {
  const must = effect === 'require' ? 'must' : 'must not';
  const what = {
    equals: 'be one value',
    one_of: 'be one of some values',
    matches: 'match an expression',
    claim: `be in the caller's claim ${claim}`,
  }[by];
  const free = optional ? ', or may be left out' : '';
  return `Argument ${argument} ${must} ${what}${free}${reason === null ? '.' : `: “${reason}”`}`;
}

/** Of one opened tool. */
export function rulesOf(server, { rules }, hides) {
  const texts = rules === null ? [] : ruleTexts(rules, hides);
  const none = rules === null ? 'Its rules are too many to be shown here.' : 'No rule is about it.';
  return [
    h('h4', null, 'Rules'),
    h(
      'ul',
      { class: 'rules' },
      h('li', null, 'It belongs to server ', h('strong', null, server), '.'),
      (texts.length > 0 ? texts : [none]).map((text) => h('li', null, text)),
    ),
  ];
}

/** Above the tools of a server: which of its own names are left out, for all callers. */
export function filterOf({ allow = [], deny = [] }) {
  const texts = [
    allow.length > 0 && `only ${names(allow)}`,
    deny.length > 0 && `all but ${names(deny)}`,
  ].filter(Boolean);
  return (
    texts.length > 0 && h('p', { class: 'note' }, `Shown of this server: ${texts.join('; ')}.`)
  );
}
