/** How bodies of a media type are given and sent. */
export type MediaKind = 'json' | 'form' | 'multipart' | 'text' | 'binary';

const mediaType = /^([a-z0-9!#$&^_.+-]+|\*)\/([a-z0-9!#$&^_.+-]+|\*)\s*(;|$)/;

/** The kind of a media type in lower case; undefined for what is none. */
export function kindOfMedia(text: string): MediaKind | undefined {
  const [, type = '', subtype = ''] = mediaType.exec(text) ?? [];
  if (type === '') return undefined;
  if (subtype === 'json' || subtype.endsWith('+json') || (type === '*' && subtype === '*'))
    return 'json';
  if (type === 'application' && subtype === 'x-www-form-urlencoded') return 'form';
  if (type === 'multipart') return subtype === 'form-data' ? 'multipart' : undefined;
  if (type === 'text') return 'text';
  return /^(xml|yaml|x-yaml|javascript|graphql|sql)$|\+(xml|yaml)$/.test(subtype)
    ? 'text'
    : 'binary';
}
