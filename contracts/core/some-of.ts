const SHOWN_NAMES = 5;

/** Names for a message: the first ones, and how many there are beside them. */
export function someOf(names: Iterable<string>, separator = ', '): string {
  const all = [...names];
  const shown = all.slice(0, SHOWN_NAMES).join(separator);
  return all.length > SHOWN_NAMES ? `${shown} and ${all.length - SHOWN_NAMES} more` : shown;
}
