import { basename } from 'node:path';

/** What an editor's own variables stand for. */
export interface Places {
  /** The folder that `${workspaceFolder}` names. */
  readonly workspaceFolder: string;
  /** `${userHome}`. */
  readonly userHome: string;
}

const reference =
  /\$\{(input:[^}]*|workspaceFolder|workspaceFolderBasename|userHome|pathSeparator|\/)\}/g;

/** An entry's text with an editor's variables replaced, and the inputs that were found in it. */
export interface Placed {
  readonly text: string;
  /** Names of variables that stand in for `${input:…}`. */
  readonly inputs: readonly string[];
}

/**
 * Replaces the variables of VS Code and Cursor that name places, and turns `${input:api-key}`, which
 * an editor asks its user for, into `${API_KEY}`. Others are left as they are.
 */
export function placed(text: string, places: Places | undefined): Placed {
  const inputs: string[] = [];
  const replaced = text.replace(reference, (whole, name: string) => {
    if (name.startsWith('input:')) {
      const variable = variableFor(name.slice('input:'.length));
      inputs.push(variable);
      return `\${${variable}}`;
    }
    if (name === 'pathSeparator' || name === '/') return '/';
    if (places === undefined) return whole;
    if (name === 'userHome') return places.userHome;
    const folder = places.workspaceFolder;
    return name === 'workspaceFolder' ? folder : basename(folder);
  });
  return { text: replaced, inputs };
}

function variableFor(input: string): string {
  const name = input.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
  return /^[A-Z_]/.test(name) ? name : `INPUT_${name}`;
}
