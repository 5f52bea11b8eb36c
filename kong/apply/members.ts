/** An object of a document that nobody has checked. */
export type Members = Readonly<Record<string, unknown>>;

/** Whether it is an object with named members. */
export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects in a list of `document`; none where there is no such list. */
export const membersIn = (document: Members, name: string): readonly Members[] => {
  const list = document[name];
  return Array.isArray(list) ? (list as unknown[]).filter(isMembers) : [];
};

/** A text that an object has under a name; undefined for anything else. */
export const textIn = (members: Members, name: string): string | undefined => {
  const value = members[name];
  return typeof value === 'string' ? value : undefined;
};
