// Words of a text in any script, as an author would name them, for saying what a question has that a snippet lacks. Word ranking has terms of its own.

// One segmenter serves both languages: it finds Chinese words by its dictionary and all others by their borders.
const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });

/** Codes, versions and names such as `E-4012`, `v2.1`, `user_id`, `C++`: kept whole, since their parts mean little. */
const CODE = /[\p{L}\p{N}]+(?:[-_./#+:][\p{L}\p{N}]+)+|[\p{L}\p{N}]+[+#]+/gu;

/** Characters that are words by themselves. Others that the dictionary leaves alone belong together: 退 and 货 are 退货. */
const PARTICLES = new Set('的了吗呢吧是我你他她它这那在有和与就都也要会能为把被给对从到及或不没很太去来上下里住做用');

const HAN = /\p{Script=Han}/u;

/** Text as {@link words} reads it, for looking up a word in it: NFKC, lower case. */
export const plainly = (text: string): string => text.normalize('NFKC').toLowerCase();

/**
 * The words of a text in their order, repeated as they stand, in lower case and normalised (NFKC). A code is given in its parts, and
 * whole at the end; Chinese is cut into words by a dictionary (Unicode Standard Annex 29, tailored by ICU).
 */
export function words(text: string): string[] {
  const normal = plainly(text);
  const found: string[] = [];
  let joins = false;
  for (const { segment, isWordLike } of segmenter.segment(normal)) {
    const single = HAN.test(segment) && [...segment].length === 1 && !PARTICLES.has(segment);
    if (single && joins) found[found.length - 1] += segment;
    else if (isWordLike) found.push(segment);
    joins = single;
  }
  // The segmenter leaves some codes whole already.
  const known = new Set(found);
  for (const [code] of normal.matchAll(CODE)) if (!HAN.test(code) && !known.has(code)) found.push(code);
  return found;
}
