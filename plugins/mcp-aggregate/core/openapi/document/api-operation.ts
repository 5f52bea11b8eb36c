import type { JsonObject } from './json-object.js';

export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie' | 'querystring';

export type ParameterStyle =
  | 'matrix'
  | 'label'
  | 'simple'
  | 'form'
  | 'spaceDelimited'
  | 'pipeDelimited'
  | 'deepObject'
  | 'cookie';

/** A parameter, whichever version of OpenAPI it is written in. */
export interface ApiParameter {
  readonly name: string;
  readonly place: ParameterPlace;
  readonly required: boolean;
  readonly description: string | undefined;
  readonly deprecated: boolean;
  readonly schema: unknown;
  readonly style: ParameterStyle;
  readonly explode: boolean;
  readonly allowReserved: boolean;
  /** Set where its value is a text of this media type (`content`). */
  readonly mediaType: string | undefined;
}

export interface ApiContent {
  /** As written, in lower case, with its parameters. */
  readonly mediaType: string;
  readonly schema: unknown;
  /** Of properties of a form, by name. */
  readonly encoding: JsonObject | undefined;
}

export interface ApiBody {
  readonly required: boolean;
  readonly description: string | undefined;
  readonly contents: readonly ApiContent[];
}

export interface ApiResponse {
  /** `200`, `2XX` or `default`. */
  readonly status: string;
  readonly contents: readonly ApiContent[];
}

/** One operation of an API, whichever version of OpenAPI it is written in. */
export interface ApiOperation {
  /** In upper case. */
  readonly method: string;
  readonly path: string;
  readonly id: string | undefined;
  readonly summary: string | undefined;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
  readonly parameters: readonly ApiParameter[];
  readonly body: ApiBody | undefined;
  readonly responses: readonly ApiResponse[];
  /** Scopes that it needs by its `security`; empty where it says nothing of them. */
  readonly scopes: readonly string[];
  /** `x-kong-mcp-*`, as decK reads them. */
  readonly hints: {
    readonly exclude: boolean;
    readonly name: string | undefined;
    readonly description: string | undefined;
  };
}

/** What is read of one operation without looking into it: enough to choose by. */
export interface OperationHead {
  readonly method: string;
  readonly path: string;
  readonly id: string | undefined;
  readonly tags: readonly string[];
  readonly hints: ApiOperation['hints'];
  /** The operation's object, and the one of its path. */
  readonly node: JsonObject;
  readonly pathItem: JsonObject;
}
