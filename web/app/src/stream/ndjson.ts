// Newline-delimited JSON, read in whatever pieces it arrives, and written.

/** Splits a stream of text into its lines; empty lines are left out. */
export class LineSplitter {
  private rest = "";

  /** Takes the next piece and returns the lines that it completes. */
  push(piece: string): string[] {
    const lines = piece.split("\n");
    lines[0] = this.rest + lines[0];
    this.rest = lines.pop() ?? "";
    return lines.map(trimReturn).filter((line) => line !== "");
  }

  /** What stands after the last line feed, at the end of the stream. */
  end(): string[] {
    const last = trimReturn(this.rest);
    this.rest = "";
    return last === "" ? [] : [last];
  }
}

function trimReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
