/**
 * The one of `offers` that the header `Accept` wants most (RFC 9110, 12.5.1): the one of the highest weight; among those,
 * the one that is named most closely, and then the one that is named first. If none is wanted, the first offer: an
 * answer in another form is more use than none.
 */
export function preferred<const Offer extends string>(
  accept: string | undefined,
  offers: readonly [Offer, ...Offer[]],
): Offer {
  const ranges = (accept ?? '*/*').split(',').map(rangeOf);
  const wanted = offers
    .map((offer) => ({ offer, range: closest(offer, ranges) }))
    .filter(({ range }) => range !== undefined && range.weight > 0) as { offer: Offer; range: Range }[];
  wanted.sort(
    ({ range: a }, { range: b }) =>
      b.weight - a.weight || closeness(b) - closeness(a) || ranges.indexOf(a) - ranges.indexOf(b),
  );
  return wanted[0]?.offer ?? offers[0];
}

interface Range {
  readonly type: string;
  readonly weight: number;
}

/** A weight that is no number counts as none that is given. */
function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((each) => each.trim().toLowerCase());
  const weight = parameters.find((each) => /^q=[01](\.\d*)?$/.test(each))?.slice(2) ?? '1';
  return { type, weight: Number(weight) };
}

/** The range that says most of a media type. */
function closest(type: string, ranges: readonly Range[]): Range | undefined {
  const names = [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'];
  for (const name of names) {
    const range = ranges.find((each) => each.type === name);
    if (range) return range;
  }
  return undefined;
}

function closeness({ type }: Range): number {
  return type === '*/*' ? 0 : type.endsWith('/*') ? 1 : 2;
}
