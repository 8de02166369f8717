import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect, start, test } from "../service.ts";

test("the dashboard example shows three APIs and makes one call, from another origin", async ({ page }) => {
  const file = readFileSync(path.join(import.meta.dirname, "../../examples/dashboard.html"));
  const host = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end(file)).listen(0, "127.0.0.1");
  await new Promise((resolve) => host.once("listening", resolve));
  const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  const service = await start(`server: {corsOrigins: ["${origin}"]}\n`);
  try {
    const calls: string[] = [];
    page.on("request", (request) => {
      if (request.url().startsWith(service.url) && request.method() !== "OPTIONS") calls.push(request.url());
    });
    await page.goto(`${origin}/?gather=${service.url}`);
    await expect(page.getByRole("listitem")).toHaveCount(3);
    await expect(page.getByRole("heading")).toHaveText(/^[A-Z]\S+ [A-Z]/);
    await expect(page.getByText(/^10 posts$/)).toBeVisible();
    await expect(page.getByText(/^\d+ todos left$/)).toBeVisible();
    expect(calls).toEqual([`${service.url}/v1/fetch`]);
  } finally {
    await service.stop();
    host.close();
  }
});
