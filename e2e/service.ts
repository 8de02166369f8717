// Starts the real program and gives each test a page that watches for what must never happen.

import { test as base, type Locator, type Page } from "@playwright/test";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { binary } from "./build.ts";

export interface Service {
  /** The page's address, without a slash at the end. */
  url: string;
  /** The sample API's. */
  sample: string;
}

interface Started extends Service {
  stop(): Promise<void>;
}

/** Runs `gather demo` in a folder of its own, on free ports, with a configuration and variables where some are given. */
export async function start(configuration = "", env: Record<string, string> = {}): Promise<Started> {
  const folder = mkdtempSync(path.join(tmpdir(), "gather-e2e-"));
  writeFileSync(path.join(folder, "gather.yaml"), configuration);
  const child = spawn(binary, ["demo", "--listen", "127.0.0.1:0"], { cwd: folder, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let said = "";
  const addresses = new Promise<Service>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      said += chunk.toString();
      const url = /The page\s+(http:\/\/\S+?)\/?\s/.exec(said)?.[1];
      const sample = /sample API at (http:\/\/\S+?)\/?\s/.exec(said)?.[1];
      if (url && sample) resolve({ url, sample });
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`gather ended with ${code}: ${said}`)));
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...(await addresses), stop };
}

/** What the page did that it must not: script errors and everything its content security policy refused. */
function watch(page: Page): string[] {
  const found: string[] = [];
  page.on("pageerror", (error) => found.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && /content security policy|refused to/i.test(message.text())) found.push(message.text());
  });
  return found;
}

export const test = base.extend<object, { service: Service }>({
  service: [
    // Playwright reads the fixture's dependencies from this pattern.
    async ({}, use) => {
      const service = await start();
      await use(service);
      await service.stop();
    },
    { scope: "worker" },
  ],
  page: async ({ page }, use) => {
    const found = watch(page);
    await use(page);
    test.expect(found, "script errors and refusals of the content security policy").toEqual([]);
  },
});

export const expect = test.expect;

/** Replaces what stands in the editor. */
export async function write(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "URLs one a line" }).fill(text);
}

/** The composer's own button; an empty results panel offers the same once more. */
export function runButton(page: Page): Locator {
  return page.getByRole("region", { name: "Requests" }).getByRole("button", { name: "Run", exact: true });
}

export async function run(page: Page): Promise<void> {
  await runButton(page).click();
}
