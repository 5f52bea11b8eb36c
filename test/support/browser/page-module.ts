import { pathToFileURL } from 'node:url';
import { projectFile } from '../project.js';

/** A module of the console's pages, which are written for browsers without types. */
export async function pageModule<T>(name: string): Promise<T> {
  const file = projectFile(`kong/pluginserver/console/${name}`);
  return (await import(pathToFileURL(file).href)) as T;
}
