// Cuts a text into lines of at most so many characters, by offset: a line of a megabyte is no line a browser lays out quickly.

/** The offsets at which the lines begin. Line feeds end a line; a surrogate pair is never cut. */
export function wrap(text: string, columns: number): Uint32Array {
  const starts: number[] = [];
  for (let at = 0; at < text.length; ) {
    starts.push(at);
    const feed = text.indexOf("\n", at);
    const end = feed === -1 ? text.length : feed;
    while (end - at > columns) {
      at += columns;
      if (isLowSurrogate(text, at)) at--;
      starts.push(at);
    }
    at = end + 1;
  }
  return Uint32Array.from(starts);
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}
