/** A segment of a path as it was before it was percent-encoded; one that is no encoding at all stands for itself. */
export function decodedSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    // Not an encoding: then it is the text as it stands.
    return segment
  }
}
