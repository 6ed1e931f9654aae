/** A file has no sources to be well and no instance to search. */
export function LiveTools() {
  return undefined
}
