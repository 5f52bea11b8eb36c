import { McpError } from '../../../../lib/errors/errors.js';
import type { HandedAuthorization } from '../../../../lib/handles/handles.js';
import { scopeChallenge } from '../../../../lib/http/challenge.js';
import type { Identity } from '../../../../lib/identity/identity.js';
import { RefusedMessageError } from '../../../../lib/json/envelope.js';
import type { Envelope } from '../../../../lib/json/types.js';
import {
  bodiless,
  isAboutItem,
  itemOperations,
  operationsOf,
} from '../../../../lib/policy/operation.js';
import type { Operation } from '../../../../lib/policy/operation.js';
import { methods } from '../../../../lib/protocol/methods.js';
import type { Sees } from '../../../../lib/policy/item-views.js';
import type { Policy, Ruling, Subject } from '../../../../lib/policy/policy.js';
import type { Expand } from '../../../../lib/policy/scope-hierarchy.js';

/** Who may use what of an endpoint. */
export interface AccessRules {
  readonly policy: Policy;
  readonly expandScopes: Expand;
  /** Whether items whose scopes are missing are hidden as those that claims deny are. */
  readonly hidesUnauthorized: boolean;
}

/** Who asks, as the rules see it: in lists and in calls the same. */
export interface Asker {
  readonly subject: Subject;
  /** What mcp-oauth handed over; absent where another plugin, or none, has authenticated. */
  readonly authorization: HandedAuthorization | undefined;
}

/** What a request asks for. */
export interface AskedMessages {
  /** Empty where the request has no body. */
  readonly messages: readonly Envelope[];
  /** Id of its request, as raw JSON. */
  readonly id: string;
  /** The tool that it is about, where no message names it: that of a task. */
  readonly tool?: string | undefined;
  /** Whether its call is a search for tools: that takes what listing them takes. */
  readonly search?: boolean;
}

const listsTools: readonly Operation[] = [{ method: methods.listTools, name: undefined }];

/** A refusal that says which scopes would help. */
export class ScopeNeededError extends RefusedMessageError {
  /** The value of `WWW-Authenticate`; absent where there is no token to ask for. */
  readonly challenge: string | undefined;

  constructor(id: string, scopes: readonly string[], challenge: string | undefined) {
    const message = 'this operation needs scopes that the caller lacks';
    super(new McpError('insufficient_scope', message, { scopes }), id);
    this.name = 'ScopeNeededError';
    this.challenge = challenge;
  }
}

/**
 * The scopes of a Kong consumer, and of nobody, are none.
 * @param sees views that apply to the request
 */
export function askerOf(
  { expandScopes }: AccessRules,
  { scopes, claims }: Identity,
  authorization: HandedAuthorization | undefined,
  sees?: Sees,
): Asker {
  const granted = expandScopes(authorization?.granted ?? scopes);
  return { subject: { claims, granted, sees }, authorization };
}

/**
 * Decides on a request, from who asks and the names in it alone. Answers whether the item it is about
 * must be treated as one that does not exist (design D11).
 * @throws ScopeNeededError; McpError `forbidden` where what is denied is no item that could be hidden
 */
export function permit(
  rules: AccessRules,
  { subject, authorization }: Asker,
  { messages, id, tool, search = false }: AskedMessages,
): { readonly hidden: boolean } {
  if (!rules.policy.hasRules) return { hidden: false };
  const ofMessage = (message: Envelope) =>
    search && message.kind === 'request' ? listsTools : operationsOf(message);
  const asked = messages.length === 0 ? [bodiless] : messages.map(ofMessage);
  if (tool !== undefined) asked.push(itemOperations('tool', tool));
  const base = authorization?.requiredScopes ?? [];
  const needed = new Set<string>();
  let hidden = false;
  for (const operations of asked) {
    const ruling = rules.policy.rule(operations, subject, base);
    const isHidden = hides(rules, ruling);
    if (isHidden && isAboutItem(operations)) hidden = true;
    else if (ruling.kind === 'denied') throw forbidden(id);
    else if (ruling.kind === 'lacks_scope') for (const scope of ruling.needed) needed.add(scope);
  }
  if (needed.size === 0) return { hidden };
  const scopes = [...needed];
  const { metadataUrl, proofAlgorithms } = authorization ?? {};
  const challenge = metadataUrl && scopeChallenge(metadataUrl, scopes, proofAlgorithms);
  throw new ScopeNeededError(id, scopes, challenge);
}

/** Whether an item is left out of lists, and unknown when it is asked for. */
export function hides({ hidesUnauthorized }: AccessRules, { kind }: Ruling): boolean {
  return kind === 'denied' || (kind === 'lacks_scope' && hidesUnauthorized);
}

function forbidden(id: string): McpError {
  const why = 'a rule of this endpoint denies this operation';
  return new RefusedMessageError(new McpError('forbidden', why), id);
}
