/**
 * An object for headers or other members whose names come from clients: without a prototype none of
 * them means more than a name. Made by a class, it gets a shape that V8 can follow, where
 * `Object.create(null)` and `delete` make a dictionary of it.
 */
export const HeaderMap = function HeaderMap() {} as unknown as new <T>() => Record<string, T>;
Object.setPrototypeOf(HeaderMap.prototype, null);
Reflect.deleteProperty(HeaderMap.prototype as object, 'constructor');
