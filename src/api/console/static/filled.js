/** Words of a page with their `{name}` filled in, each once: what is filled in is no place itself, whatever somebody has typed there. */
export function filled(words, told) {
  return words.replace(/\{(\w+)\}/g, (place, name) => (name in told ? String(told[name]) : place));
}
