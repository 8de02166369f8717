// Splits a shell's text into simple commands and their words, as POSIX quotes them. Nothing is expanded: what a shell would expand is reported.

export interface Word {
  text: string;
  start: number;
  end: number;
}

export interface Command {
  words: Word[];
  start: number;
  end: number;
  /** What the shell would have done and this page does not. */
  unknown: { start: number; end: number; what: string }[];
}

const ansiEscapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", "\\": "\\", "'": "'", '"': '"', a: "\x07", b: "\b", f: "\f", v: "\v", e: "\x1b" };

export function splitCommands(text: string): Command[] {
  return new Splitter(text).commands();
}

class Splitter {
  private at = 0;
  private done: Command[] = [];
  private command: Command = { words: [], start: 0, end: 0, unknown: [] };
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  commands(): Command[] {
    while (this.at < this.text.length) this.step();
    this.close();
    return this.done;
  }

  private step(): void {
    const { text, at } = this;
    const char = text[at]!;
    if (char === "\\" && /^\\\r?\n/.test(text.slice(at, at + 3))) this.at += text[at + 1] === "\r" ? 3 : 2;
    else if (char === "\n" || char === ";") this.separate(1);
    else if (text.startsWith("&&", at)) this.separate(2);
    else if (/\s/.test(char)) this.at++;
    else if (char === "#") this.comment();
    else if (/[|&<>()]/.test(char)) this.refuse(at, this.at++ + 1, `the shell's ${char}`);
    else this.word();
  }

  private separate(length: number): void {
    this.close();
    this.at += length;
  }

  private comment(): void {
    const end = this.text.indexOf("\n", this.at);
    this.at = end === -1 ? this.text.length : end;
  }

  private close(): void {
    const { command } = this;
    const first = command.words[0];
    if (first !== undefined) {
      command.start = first.start;
      command.end = command.words.at(-1)!.end;
      this.done.push(command);
    }
    this.command = { words: [], start: 0, end: 0, unknown: [] };
  }

  private refuse(start: number, end: number, what: string): void {
    this.command.unknown.push({ start, end, what });
  }

  private word(): void {
    const start = this.at;
    let value = "";
    while (this.at < this.text.length && !/[\s;|&<>()]/.test(this.text[this.at]!)) value += this.part();
    this.command.words.push({ text: value, start, end: this.at });
  }

  private part(): string {
    const { text, at } = this;
    const char = text[at]!;
    if (text.startsWith("$'", at)) return this.ansi();
    if (char === "'") return this.until("'", at + 1);
    if (char === '"') return this.double();
    if (char === "\\") {
      this.at += 2;
      const next = text[at + 1] ?? "";
      return next === "\n" ? "" : next;
    }
    return this.expandable();
  }

  private until(close: string, from: number): string {
    const end = this.text.indexOf(close, from);
    if (end === -1) this.refuse(from - 1, this.text.length, "a quote that is never closed");
    this.at = end === -1 ? this.text.length : end + 1;
    return this.text.slice(from, end === -1 ? this.text.length : end);
  }

  private double(): string {
    const open = this.at++;
    let value = "";
    for (;;) {
      const char = this.text[this.at];
      if (char === undefined) {
        this.refuse(open, this.at, "a quote that is never closed");
        return value;
      }
      if (char === '"') {
        this.at++;
        return value;
      }
      const next = this.text[this.at + 1] ?? "";
      if (char === "\\" && '$`"\\\n'.includes(next)) {
        value += next === "\n" ? "" : next;
        this.at += 2;
      } else value += this.expandable();
    }
  }

  /** One character that stands for itself; `$name` and backquotes are kept as written and reported. */
  private expandable(): string {
    const rest = this.text.slice(this.at, this.at + 80);
    const found = /^(?:\$[A-Za-z_{(][A-Za-z0-9_]*|`)/.exec(rest)?.[0];
    if (found !== undefined) {
      this.refuse(this.at, this.at + found.length, `${found}, which only a shell can expand`);
      this.at += found.length;
      return found;
    }
    return this.text[this.at++]!;
  }

  private ansi(): string {
    const open = this.at;
    this.at += 2;
    let value = "";
    for (;;) {
      const char = this.text[this.at++];
      if (char === undefined) {
        this.refuse(open, this.text.length, "a quote that is never closed");
        return value;
      }
      if (char === "'") return value;
      value += char === "\\" ? this.ansiEscape() : char;
    }
  }

  private ansiEscape(): string {
    const coded = /^(?:u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|x[0-9a-fA-F]{1,2})/.exec(this.text.slice(this.at, this.at + 9))?.[0];
    if (coded !== undefined) {
      this.at += coded.length;
      const code = Number.parseInt(coded.slice(1), 16);
      return code > 0x10ffff ? "" : String.fromCodePoint(code);
    }
    const char = this.text[this.at++] ?? "";
    return ansiEscapes[char] ?? `\\${char}`;
  }
}
