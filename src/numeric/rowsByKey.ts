/** Row numbers that share a key, keys in order of first appearance. */
export function rowsByKey<Key>(keys: readonly Key[]): Map<Key, number[]> {
  const rows = new Map<Key, number[]>();
  keys.forEach((key, row) => {
    const found = rows.get(key);
    if (found === undefined) rows.set(key, [row]);
    else found.push(row);
  });
  return rows;
}
