import type { ParameterStyle } from '../document/api-operation.js';

/** How one argument becomes part of a request. */
export interface ParameterPlan {
  /** Of the tool. */
  readonly argument: string;
  /** As the API calls it. */
  readonly name: string;
  readonly style: ParameterStyle;
  readonly explode: boolean;
  readonly allowReserved: boolean;
  /** Set where the value is sent as JSON text. */
  readonly asJson: boolean;
}

/** How one argument becomes a field of a form or a part of a multipart body. */
export interface FieldPlan {
  readonly argument: string;
  readonly name: string;
  readonly kind: 'value' | 'json' | 'file';
  /** Of a part, where the document names one. */
  readonly mediaType: string | undefined;
  readonly style: ParameterStyle;
  readonly explode: boolean;
}

export type BodyPlan =
  /** One argument is the whole body. */
  | {
      readonly kind: 'json' | 'text' | 'binary' | 'form' | 'multipart';
      readonly mediaType: string;
      readonly argument: string;
      /** How members of the argument are sent, in a form. */
      readonly fields?: readonly FieldPlan[];
    }
  /** Each argument is a member of it. */
  | {
      readonly kind: 'json' | 'form' | 'multipart';
      readonly mediaType: string;
      readonly fields: readonly FieldPlan[];
      readonly required: boolean;
    };

/** How a call of one tool becomes a request: plain data, made once from the document. */
export interface RequestPlan {
  readonly method: string;
  /** Texts of the path, as they are sent, and what stands between them. */
  readonly path: readonly (string | ParameterPlan)[];
  readonly query: readonly ParameterPlan[];
  readonly headers: readonly ParameterPlan[];
  readonly cookies: readonly ParameterPlan[];
  /** The whole query string is this one argument. */
  readonly querystring: ParameterPlan | undefined;
  readonly body: BodyPlan | undefined;
  /** The value of `Accept`. */
  readonly accept: string;
}
