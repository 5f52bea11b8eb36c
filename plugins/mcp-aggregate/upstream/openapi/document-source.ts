import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ConfigError } from '../../../../lib/errors/errors.js';
import { maxDocumentBytes } from '../../core/openapi/document/parse-document.js';
import type { OpenApiConfig } from '../../config/servers/openapi-config.js';

/** Environment variable that names the operator's folder of documents. */
export const folderVariable = 'KONG_MCP_OPENAPI_DIR';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a document comes from: the configuration itself, or a file that may change. */
export interface DocumentSource {
  /** Differs once the document does, as far as can be seen without reading it. @throws ConfigError */
  mark(): Promise<string>;
  /** @throws ConfigError naming the field */
  read(): Promise<Buffer>;
}

/**
 * Without the operator's folder no file is read: whoever may write Kong's configuration must not
 * thereby read files of this machine (design D6).
 * @param field names the server's `openapi`
 * @throws ConfigError
 */
export function documentSource(
  field: string,
  { source, digest }: Pick<OpenApiConfig, 'source' | 'digest'>,
  env: Environment,
): DocumentSource {
  if ('text' in source) {
    return {
      mark: () => Promise.resolve(digest),
      read: () => Promise.resolve(Buffer.from(source.text)),
    };
  }
  const folder = env[folderVariable] ?? '';
  const where = `${field}.file`;
  if (folder === '') {
    const why = `files are off: set ${folderVariable} to a folder in the environment of the plugin server`;
    throw new ConfigError(where, why);
  }
  const locate = () => located(where, folder, source.file);
  return {
    mark: async () => {
      const { mtimeMs, size, ino } = await stat(await locate());
      return `${mtimeMs} ${size} ${ino}`;
    },
    read: async () => {
      const path = await locate();
      const { size } = await stat(path);
      if (size > maxDocumentBytes) {
        throw new ConfigError(where, `has more than ${maxDocumentBytes} bytes`);
      }
      return readFile(path);
    },
  };
}

/** A link may lead to another file of the folder, not out of it. */
async function located(field: string, folder: string, file: string): Promise<string> {
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, file))]);
    if (path.startsWith(`${root}${sep}`) && (await stat(path)).isFile()) return path;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ConfigError(
      field,
      `the file cannot be read in the folder of ${folderVariable} (${code})`,
    );
  }
  throw new ConfigError(field, `is no file inside the folder of ${folderVariable}`);
}
