// A parser for text/event-stream (WHATWG HTML, 9.2.6), fed with decoded text in whatever pieces it arrives. EventSource itself cannot
// POST a batch.

export interface ServerSentEvent {
  event: string;
  data: string;
  id: string;
}

export class EventParser {
  private rest = "";
  private afterReturn = false;
  private first = true;
  private event = "";
  private data: string[] = [];
  private id = "";

  /** Takes the next piece and returns the events that it completes. */
  push(piece: string): ServerSentEvent[] {
    const done: ServerSentEvent[] = [];
    let text = piece;
    if (text === "") return done;
    if (this.first) {
      this.first = false;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    if (this.afterReturn && text.startsWith("\n")) text = text.slice(1);
    this.afterReturn = text === "" ? false : text.endsWith("\r");
    // Only the new piece is searched: a body of many megabytes is one line that arrives in a thousand pieces.
    const lines = text.split(/\r\n|\r|\n/);
    lines[0] = this.rest + lines[0];
    this.rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = this.line(line);
      if (event) done.push(event);
    }
    return done;
  }

  private line(line: string): ServerSentEvent | undefined {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const field = colon === -1 ? line : line.slice(0, colon);
    let value = colon === -1 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "event") this.event = value;
    else if (field === "data") this.data.push(value);
    else if (field === "id" && !value.includes("\0")) this.id = value;
    return undefined;
  }

  private dispatch(): ServerSentEvent | undefined {
    const { event, data } = this;
    this.event = "";
    this.data = [];
    if (data.length === 0) return undefined;
    return { event: event || "message", data: data.join("\n"), id: this.id };
  }
}
