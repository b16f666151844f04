// What is worked out of an object once and kept as long as the object: snippets of unchanged files are the same objects.

/** `make`, whose result for each object is kept with it. */
export function keptWith<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = make(key);
      known.set(key, value);
    }
    return value;
  };
}
