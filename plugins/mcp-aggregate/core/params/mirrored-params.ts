/** An argument of a tool that a header mirrors (`x-mcp-header`, requirement H13). */
export interface MirroredParam {
  /** The way to it within `arguments`, as people read it. */
  readonly path: string;
  /** `Mcp-Param-…` as the tool spells it. */
  readonly header: string;
  /** Whether its schema says that it is an integer, which is compared as a number. */
  readonly integer: boolean;
}

/** The mirrored arguments of one tool, and where in `arguments` they stand. */
export interface MirroredParams {
  readonly all: readonly MirroredParam[];
  readonly root: ParamNode;
  /** Whether its server wants them: one of the era without sessions does. */
  readonly sent: boolean;
}

/** One object within `arguments`, as far as it matters. */
export interface ParamNode {
  /** By the property's name. */
  readonly children: ReadonlyMap<string, ParamChild>;
  /** The same names, folded as lenient parsers take them. */
  readonly folded: ReadonlySet<string>;
  /** Properties of the schema that differ from one of these in case alone, and are read by nobody. */
  readonly neighbours: ReadonlySet<string>;
  /** Characters of the longest folded name. */
  readonly longest: number;
}

export interface ParamChild {
  /** Where it is mirrored itself: its place in `MirroredParams.all`. */
  readonly param: number | undefined;
  /** Where something within it is. */
  readonly node: ParamNode | undefined;
}

/** What a tool's parameters take in memory beside its bytes, about. */
export function paramsCost({ all }: MirroredParams): number {
  return all.reduce((sum, { path, header }) => sum + 512 + header.length + 4 * path.length, 0);
}
