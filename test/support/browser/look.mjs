// Runs in a page before its own scripts: what tests ask of it.
{
  const all = (selector) => [...document.querySelectorAll(selector)];
  const texts = (selector) => all(selector).map(({ textContent }) => textContent);

  const parts = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  /** Relative luminance, 0 to 1 (WCAG 2.2). */
  const luminance = (color) => {
    const [red, green, blue] = parts(color)
      .slice(0, 3)
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (from) => {
    for (let at = from; at !== null; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (parts(backgroundColor)[3] !== 0) return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  const hasText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');

  globalThis.look = {
    texts,
    /** Attributes and elements below `root`, those that `own` names left out. */
    made: (root, own) => ({
      foreign: all(`${root} *`)
        .filter((element) => !element.matches(own))
        .map(({ tagName }) => tagName),
      attributes: [...new Set(all(`${root} *`).flatMap((each) => each.getAttributeNames()))],
    }),
    /** Luminance of the ground, and texts below 4.5:1 (WCAG 2.2, 1.4.3) with their ratio. */
    contrasts: () => {
      const low = all('body *')
        .filter(hasText)
        .flatMap((element) => {
          const own = luminance(getComputedStyle(element).color);
          const ground = luminance(behind(element));
          const ratio = (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
          return ratio < 4.5 ? [`${ratio.toFixed(1)} ${element.textContent.slice(0, 40)}`] : [];
        });
      return { ground: luminance(behind(document.body)), low: [...new Set(low)] };
    },
  };
}
