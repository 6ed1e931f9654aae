const LONGEST = 60

/** A file name that every system takes: the title's letters and digits, without a path, a device or a hidden file in it. */
export function exportName(title: string, extension: string): string {
  const words = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g)
  const name = (words ?? []).join('-').slice(0, LONGEST).replace(/-$/, '')
  return `incident${name === '' ? '' : `-${name}`}.${extension}`
}
