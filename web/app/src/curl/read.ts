// Turns curl command lines into request items. What cannot be translated is said, never dropped.

import type { RequestItem } from "../api";
import { Kind, scan, type Doc } from "../json/scan";
import { textOf } from "../json/walk";
import { splitCommands, type Command, type Word } from "./words";

export interface CurlRemark {
  start: number;
  end: number;
  message: string;
  severity: "fault" | "note";
}

export interface CurlCommand {
  item: RequestItem;
  start: number;
  end: number;
  remarks: CurlRemark[];
}

/** Every command of the text; one that is not curl is a fault of its own. */
export function readCurl(text: string): CurlCommand[] {
  return splitCommands(text).map((command) => new Reader(command).read());
}

type Meaning =
  | "method" | "header" | "data" | "raw" | "urlencode" | "json" | "user" | "url" | "agent" | "referer" | "cookie" | "timeout" | "head" | "get" | "location"
  | "harmless" | "harmlessValue" | "unknownValue";

const options: Record<string, Meaning> = {
  "-X": "method", "--request": "method", "-H": "header", "--header": "header",
  "-d": "data", "--data": "data", "--data-ascii": "data", "--data-binary": "data", "--data-raw": "raw", "--data-urlencode": "urlencode",
  "--json": "json", "-u": "user", "--user": "user", "--url": "url", "-A": "agent", "--user-agent": "agent", "-e": "referer", "--referer": "referer",
  "-b": "cookie", "--cookie": "cookie", "-m": "timeout", "--max-time": "timeout", "-I": "head", "--head": "head", "-G": "get", "--get": "get",
  "-L": "location", "--location": "location",
  "-s": "harmless", "--silent": "harmless", "-S": "harmless", "--show-error": "harmless", "-i": "harmless", "--include": "harmless", "-v": "harmless",
  "--verbose": "harmless", "-g": "harmless", "--globoff": "harmless", "--compressed": "harmless", "-N": "harmless", "--no-buffer": "harmless",
  "-f": "harmless", "--fail": "harmless", "--fail-with-body": "harmless", "-#": "harmless", "--progress-bar": "harmless", "--http1.1": "harmless", "--http2": "harmless",
  "-o": "harmlessValue", "--output": "harmlessValue", "-w": "harmlessValue", "--write-out": "harmlessValue",
  "-F": "unknownValue", "--form": "unknownValue", "-T": "unknownValue", "--upload-file": "unknownValue", "-x": "unknownValue", "--proxy": "unknownValue",
  "-E": "unknownValue", "--cert": "unknownValue", "--key": "unknownValue", "--cacert": "unknownValue", "--resolve": "unknownValue",
  "--connect-to": "unknownValue", "--connect-timeout": "unknownValue", "--retry": "unknownValue", "-r": "unknownValue", "--range": "unknownValue",
  "-c": "unknownValue", "--cookie-jar": "unknownValue", "-K": "unknownValue", "--config": "unknownValue", "-y": "unknownValue", "-Y": "unknownValue",
};

const valueless: ReadonlySet<Meaning> = new Set(["head", "get", "location", "harmless"]);

class Reader {
  private readonly item: RequestItem = {};
  private readonly headers: Record<string, string> = {};
  private readonly remarks: CurlRemark[] = [];
  private readonly data: string[] = [];
  private json = false;
  private inQuery = false;
  private at = 1;
  private readonly command: Command;

  constructor(command: Command) {
    this.command = command;
  }

  read(): CurlCommand {
    let words = this.command.words;
    if (words[0]?.text === "$") words = words.slice(1);
    const [name] = words;
    if (name !== undefined && name.text !== "curl") this.say(name, `expected a curl command, not ${name.text}`);
    else while (this.at < words.length) this.word(words);
    for (const { start, end, what } of this.command.unknown) this.remarks.push({ start, end, message: `not translated: ${what}`, severity: "fault" });
    this.finish();
    return { item: this.item, start: this.command.start, end: this.command.end, remarks: this.remarks };
  }

  private word(words: Word[]): void {
    const word = words[this.at++]!;
    const { text } = word;
    if (!text.startsWith("-") || text === "-") return this.url(word);
    if (text.startsWith("--")) {
      const meaning = options[text];
      if (meaning === undefined) return this.say(word, `not translated: ${text}`);
      return this.apply(meaning, word, valueless.has(meaning) ? undefined : words[this.at++]);
    }
    // Short options may be written together, the value behind the last: -sSXPOST.
    for (let i = 1; i < text.length; i++) {
      const meaning = options[`-${text[i]}`];
      if (meaning === undefined) this.say(word, `not translated: -${text[i]}`);
      else if (valueless.has(meaning)) this.apply(meaning, word, undefined);
      else {
        const glued = text.slice(i + 1);
        return this.apply(meaning, word, glued === "" ? words[this.at++] : { ...word, text: glued });
      }
    }
  }

  private url(word: Word): void {
    if (this.item.url !== undefined) return this.say(word, "not translated: a second URL; write one curl command a request");
    this.item.url = /^[a-z][a-z0-9+.-]*:\/\//i.test(word.text) ? word.text : `http://${word.text}`;
  }

  private apply(meaning: Meaning, option: Word, value: Word | undefined): void {
    if (!valueless.has(meaning) && value === undefined) return this.say(option, `expected a value after ${option.text}`);
    const text = value?.text ?? "";
    switch (meaning) {
      case "method": this.item.method = text; break;
      case "header": this.header(value!); break;
      case "agent": this.headers["user-agent"] = text; break;
      case "referer": this.headers["referer"] = text; break;
      case "cookie":
        if (text.includes("=")) this.headers["cookie"] = text;
        else this.say(value!, "not translated: a cookie file");
        break;
      case "user": this.headers["authorization"] = `Basic ${basic(text)}`; break;
      case "timeout": this.item.timeout = `${text}s`; break;
      case "head": this.item.method = "HEAD"; break;
      case "get": this.inQuery = true; break;
      case "url": this.url(value!); break;
      case "data": case "json":
        if (text.startsWith("@")) this.say(value!, "not translated: data from a file");
        this.json ||= meaning === "json";
        this.data.push(text);
        break;
      case "raw": this.data.push(text); break;
      case "urlencode": this.urlencode(value!); break;
      case "unknownValue": this.say(option, `not translated: ${option.text}`); break;
      case "location": case "harmless": break;
      case "harmlessValue": this.say(option, `${option.text} says where curl writes, and is not needed here`, "note"); break;
    }
  }

  private header(word: Word): void {
    const found = /^([^:;]+)(?:;$|:(.*)$)/s.exec(word.text);
    if (found === null) return this.say(word, 'not translated: a header without ":"');
    const value = (found[2] ?? "").trim();
    if (value === "" && !word.text.endsWith(";")) return this.say(word, "not translated: a header taken away");
    this.headers[found[1]!.trim().toLowerCase()] = value;
  }

  private urlencode(word: Word): void {
    const { text } = word;
    const equals = text.indexOf("=");
    if (equals === -1 && text.includes("@")) return this.say(word, "not translated: data from a file");
    const name = equals > 0 ? text.slice(0, equals + 1) : "";
    this.data.push(name + encodeURIComponent(text.slice(equals + 1)));
  }

  private finish(): void {
    if (this.item.url === undefined && this.remarks.length === 0) this.remarks.push({ start: this.command.start, end: this.command.end, message: "expected a URL", severity: "fault" });
    if (this.data.length > 0) this.body();
    if (Object.keys(this.headers).length > 0) this.item.headers = this.headers;
  }

  private body(): void {
    const text = this.data.join(this.json ? "" : "&");
    if (this.inQuery) {
      this.item.url += (this.item.url?.includes("?") ? "&" : "?") + text;
      return;
    }
    this.item.method ??= "POST";
    if (this.json) this.headers["accept"] ??= "application/json";
    const type = (this.headers["content-type"] ??= this.json ? "application/json" : "application/x-www-form-urlencoded");
    this.item.body = text;
    // JSON is shown as JSON, unless a number would not survive being read and written again.
    if (/^application\/json\s*(?:;|$)/i.test(type)) this.asJSON(text);
  }

  private asJSON(text: string): void {
    const scanned = scan(text);
    if (!scanned.ok || scanned.doc.kind[0] === Kind.String || !isExact(scanned.doc)) return;
    this.item.body = JSON.parse(text);
    if (this.headers["content-type"] === "application/json") delete this.headers["content-type"];
  }

  private say(word: Word, message: string, severity: "fault" | "note" = "fault"): void {
    this.remarks.push({ start: word.start, end: word.end, message, severity });
  }
}

/** True where every number is still itself after JavaScript has read it. */
function isExact(doc: Doc): boolean {
  for (let node = 0; node < doc.count; node++) {
    if (doc.kind[node] === Kind.Number && String(Number(textOf(doc, node))) !== textOf(doc, node)) return false;
  }
  return true;
}

function basic(user: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(user)));
}
