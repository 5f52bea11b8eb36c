/** The part of a browser's window that the page needs; types of the DOM would hold for all tests. */
interface Window {
  readonly location: { href: string; readonly origin: string };
  readonly localStorage: {
    getItem(name: string): string | null;
    setItem(name: string, value: string): void;
    removeItem(name: string): void;
  };
  readonly document: { title: string; readonly body: { textContent: string } };
}

const window = globalThis as unknown as Window;

export const storage = window.localStorage;

/** The page's own address. */
export function here(): string {
  return window.location.href;
}

export function callback(): string {
  return `${window.location.origin}/callback`;
}

export function leaveFor(url: URL): void {
  storage.setItem('leaving', 'yes');
  window.location.href = url.href;
}

export function show(text: string): void {
  window.document.body.textContent = text;
}
