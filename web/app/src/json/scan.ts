// A strict JSON scanner (RFC 8259) that keeps the text and indexes it, instead of building values: numbers stay as they were written
// (9007199254740993 and 1e400 survive), a fault has a position, and a tree of a large answer is made only of what is looked at.

export const Kind = { Null: 0, Boolean: 1, Number: 2, String: 3, Array: 4, Object: 5 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** The index of a text: parallel arrays, one entry a value, in document order; node 0 is the root. */
export interface Doc {
  readonly text: string;
  readonly count: number;
  readonly kind: Uint8Array;
  /** Offsets of the value in the text, end excluded. */
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  /** Offsets of the member's name without its quotes; both 0 where the value is not a member. */
  readonly keyStart: Uint32Array;
  readonly keyEnd: Uint32Array;
  readonly parent: Int32Array;
  /** The first node after this value and all it holds. */
  readonly next: Uint32Array;
  readonly children: Uint32Array;
}

export interface Fault {
  offset: number;
  /** Counted from 1. */
  line: number;
  column: number;
  message: string;
}

export type Scanned = { ok: true; doc: Doc } | { ok: false; fault: Fault };

/** Where an offset stands, in lines and columns counted from 1. */
export function position(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let begin = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    begin = at + 1;
  }
  return { line, column: offset - begin + 1 };
}

class SyntaxFault extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Scans a whole text; anything but one JSON value and white space around it is a fault. */
export function scan(text: string): Scanned {
  try {
    return { ok: true, doc: new Scanner(text).document() };
  } catch (fault) {
    if (!(fault instanceof SyntaxFault)) throw fault;
    return { ok: false, fault: { offset: fault.offset, message: fault.message, ...position(text, fault.offset) } };
  }
}

const quote = 34;
const comma = 44;
const colon = 58;
const openArray = 91;
const backslash = 92;
const closeArray = 93;
const openObject = 123;
const closeObject = 125;
const end = -1;

const numberText = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const escapeText = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;

class Scanner {
  private at = 0;
  private count = 0;
  private capacity: number;
  private kind: Uint8Array;
  private start: Uint32Array;
  private end: Uint32Array;
  private keyStart: Uint32Array;
  private keyEnd: Uint32Array;
  private parent: Int32Array;
  private next: Uint32Array;
  private children: Uint32Array;

  private readonly text: string;

  constructor(text: string) {
    this.text = text;
    this.capacity = Math.max(16, text.length >> 4);
    this.kind = new Uint8Array(this.capacity);
    this.start = new Uint32Array(this.capacity);
    this.end = new Uint32Array(this.capacity);
    this.keyStart = new Uint32Array(this.capacity);
    this.keyEnd = new Uint32Array(this.capacity);
    this.parent = new Int32Array(this.capacity);
    this.next = new Uint32Array(this.capacity);
    this.children = new Uint32Array(this.capacity);
  }

  // A loop over the open containers instead of a recursion: depth 100,000 is an answer like any other.
  document(): Doc {
    let open = -1;
    this.value(-1, 0, 0);
    if (this.kind[0]! >= Kind.Array) open = 0;
    while (open !== -1) open = this.step(open);
    if (this.peek() !== end) throw this.fault("expected nothing after the value");
    const { text, count, kind, start, keyStart, keyEnd, parent, next, children } = this;
    return { text, count, kind, start, end: this.end, keyStart, keyEnd, parent, next, children };
  }

  /** Reads one member or the close of the open container; returns the container that is open then. */
  private step(open: number): number {
    const array = this.kind[open] === Kind.Array;
    const close = array ? closeArray : closeObject;
    let next = this.peek();
    if (next === close) return this.close(open);
    if (this.children[open]! > 0) {
      if (next !== comma) throw this.fault(array ? 'expected "," or "]"' : 'expected "," or "}"');
      this.at++;
      next = this.peek();
      if (next === close) throw this.fault("expected no comma before the closing bracket");
    }
    let keyStart = 0;
    let keyEnd = 0;
    if (!array) {
      if (next !== quote) throw this.fault("expected a member name in double quotes");
      keyStart = this.at + 1;
      this.string();
      keyEnd = this.at - 1;
      if (this.peek() !== colon) throw this.fault('expected ":" after the member name');
      this.at++;
    }
    this.children[open]!++;
    const node = this.value(open, keyStart, keyEnd);
    return this.kind[node]! >= Kind.Array ? node : open;
  }

  private close(node: number): number {
    this.at++;
    this.end[node] = this.at;
    this.next[node] = this.count;
    return this.parent[node]!;
  }

  private value(parent: number, keyStart: number, keyEnd: number): number {
    const code = this.peek();
    const node = this.add(parent, keyStart, keyEnd);
    this.kind[node] = this.token(code);
    this.end[node] = this.at;
    this.next[node] = this.count;
    return node;
  }

  private token(code: number): Kind {
    switch (code) {
      case quote:
        this.string();
        return Kind.String;
      case openArray:
        this.at++;
        return Kind.Array;
      case openObject:
        this.at++;
        return Kind.Object;
      case 116:
        return this.word("true", Kind.Boolean);
      case 102:
        return this.word("false", Kind.Boolean);
      case 110:
        return this.word("null", Kind.Null);
      case end:
        throw this.fault("expected a value, the text ends here");
      default:
        return this.number();
    }
  }

  private word(word: string, kind: Kind): Kind {
    if (!this.text.startsWith(word, this.at)) throw this.fault("expected a value");
    this.at += word.length;
    return kind;
  }

  private number(): Kind {
    numberText.lastIndex = this.at;
    const found = numberText.exec(this.text);
    if (found === null) throw this.fault("expected a value");
    this.at += found[0].length;
    if (/[0-9.eE+-]/.test(this.text.charAt(this.at))) throw this.fault("expected a number as JSON writes it");
    return Kind.Number;
  }

  private string(): void {
    const { text } = this;
    for (let at = this.at + 1; ; at++) {
      if (at >= text.length) throw this.fault("expected a closing double quote");
      const code = text.charCodeAt(at);
      if (code === quote) {
        this.at = at + 1;
        return;
      }
      if (code < 32) throw new SyntaxFault(at, "expected no control character inside a string");
      if (code !== backslash) continue;
      escapeText.lastIndex = at + 1;
      const found = escapeText.exec(text);
      if (found === null) throw new SyntaxFault(at, "expected an escape JSON knows");
      at += found[0].length;
    }
  }

  private peek(): number {
    const { text } = this;
    for (; this.at < text.length; this.at++) {
      const code = text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return code;
    }
    return end;
  }

  private fault(message: string): SyntaxFault {
    return new SyntaxFault(this.at, message);
  }

  private add(parent: number, keyStart: number, keyEnd: number): number {
    if (this.count === this.capacity) this.grow();
    const node = this.count++;
    this.start[node] = this.at;
    this.keyStart[node] = keyStart;
    this.keyEnd[node] = keyEnd;
    this.parent[node] = parent;
    return node;
  }

  private grow(): void {
    this.capacity *= 2;
    const wider = (old: Uint32Array): Uint32Array => {
      const grown = new Uint32Array(this.capacity);
      grown.set(old);
      return grown;
    };
    const kind = new Uint8Array(this.capacity);
    kind.set(this.kind);
    const parent = new Int32Array(this.capacity);
    parent.set(this.parent);
    this.kind = kind;
    this.parent = parent;
    this.start = wider(this.start);
    this.end = wider(this.end);
    this.keyStart = wider(this.keyStart);
    this.keyEnd = wider(this.keyEnd);
    this.next = wider(this.next);
    this.children = wider(this.children);
  }
}
