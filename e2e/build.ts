// Builds the program once for all tests; GATHER_BINARY names one that is built already.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";

export const binary = process.env.GATHER_BINARY ?? path.join(import.meta.dirname, "test-results", "bin", "gather");

export default function build(): void {
  if (process.env.GATHER_BINARY !== undefined) return;
  mkdirSync(path.dirname(binary), { recursive: true });
  execFileSync("go", ["build", "-o", binary, "./cmd/gather"], { cwd: path.join(import.meta.dirname, ".."), stdio: "inherit" });
}
