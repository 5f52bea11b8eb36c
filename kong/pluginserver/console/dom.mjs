/** What is not seen, or moves what is, as in lib/visible.ts. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]/gu;

function visible(text) {
  return text.replace(unseen, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `\\u{${character.codePointAt(0).toString(16)}}`,
  );
}

/**
 * Describes an element. Children are such descriptions or text; what is falsy is left out, but for zero. Text of
 * servers becomes text nodes and nothing else: there is no way here to hand in markup.
 */
export function h(tag, attributes, ...children) {
  const { key, on = {}, ...named } = attributes ?? {};
  const kids = children.flat(9).filter((child) => child === 0 || (child && child !== true));
  return { tag, key, on, named, kids };
}

/** Makes the children of an element what is described, and keeps elements that can stay. */
export function fill(parent, children) {
  const old = new Map();
  for (const node of parent.childNodes) if (node.vKey !== undefined) old.set(node.vKey, node);
  let at = parent.firstChild;
  for (const child of children) {
    const known = child.key === undefined ? at : old.get(child.key);
    const node = known && fits(known, child) ? known : create(child);
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
    update(node, child);
  }
  while (at !== null) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function fits(node, child) {
  if (child.tag === undefined) return node.nodeType === Node.TEXT_NODE;
  return node.vTag === child.tag && node.vKey === child.key;
}

function create(child) {
  if (child.tag === undefined) return document.createTextNode('');
  const element = document.createElement(child.tag);
  element.vTag = child.tag;
  element.vKey = child.key;
  return element;
}

function update(node, child) {
  if (child.tag === undefined) {
    const text = visible(String(child));
    if (node.data !== text) node.data = text;
    return;
  }
  for (const name of node.getAttributeNames()) {
    if (!(name in child.named) && name !== 'open') node.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(child.named)) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  for (const [event, listener] of Object.entries(child.on)) node[`on${event}`] = listener;
  fill(node, child.kids);
}
