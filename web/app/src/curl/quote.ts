// Quoting for POSIX shells.

const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** One word of a shell's command line, whatever it holds. NUL, which no command line can carry, is left out. */
export function quote(word: string): string {
  const text = word.replaceAll("\0", "");
  if (plain.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
