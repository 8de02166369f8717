// What the page shows only where the configuration has it: API keys, collections, callbacks.

import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, run, start, test, write } from "../service.ts";

const key = "k".repeat(40);
const sha256 = createHash("sha256").update(key).digest("hex");

test("a service with keys asks for one, and the page keeps it for this tab only", async ({ page }) => {
  const service = await start(`auth: {keys: [{name: ci, sha256: ${sha256}}]}\n`);
  try {
    await page.goto(`${service.url}/`);
    await write(page, `${service.sample}/users/1`);
    await run(page);
    const dialog = page.getByRole("dialog", { name: "API key" });
    await expect(dialog).toBeVisible();
    await dialog.getByLabel("Key").fill(key);
    await dialog.getByRole("button", { name: "Use it" }).click();
    await expect(dialog).toBeHidden();
    await run(page);
    await expect(page.getByRole("tree")).toBeVisible();
    const kept = await page.evaluate(() => ({ address: location.href, local: JSON.stringify(localStorage), cookie: document.cookie, session: JSON.stringify(sessionStorage) }));
    expect(`${kept.address}${kept.local}${kept.cookie}`).not.toContain(key);
    expect(kept.session).toContain(key);
    await page.getByRole("button", { name: "API key set" }).click();
    await dialog.getByRole("button", { name: "Forget it" }).click();
    expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain(key);
  } finally {
    await service.stop();
  }
});

test("a collection is run with its parameters", async ({ page, service: other }) => {
  const service = await start(`
upstreams: [{name: things, url: "${other.sample}", allow: [127.0.0.1/32]}]
collections:
  - name: user-todos
    description: A user and what they have to do.
    params:
      user: {type: integer, description: Id of the user., default: 1, min: 1, max: 10}
      order: {type: string, default: asc, enum: [asc, desc]}
    batch:
      requests:
        - {id: user, upstream: things, url: "/users/{{params.user}}"}
        - {id: todos, upstream: things, url: "/todos?userId={{user.body.id}}&_order={{params.order}}&_delay=1s"}
`);
  try {
    await page.goto(`${service.url}/#/collections`);
    const card = page.getByRole("article", { name: "user-todos" });
    await expect(card.getByLabel("user", { exact: true })).toHaveValue("1");
    await card.getByLabel("user", { exact: true }).fill("3");
    await card.getByLabel("order").selectOption("desc");
    await card.getByRole("button", { name: /^Run/ }).click();
    // Its rows come as the answers do, before the whole is there.
    const rows = card.getByRole("region", { name: /^As they arrive/ }).getByRole("listitem");
    await expect(rows).toHaveCount(1);
    await expect(rows.first()).toContainText("user");
    await expect(page.getByRole("tree")).toBeHidden();
    await expect(page.getByRole("tree")).toContainText("responses");
    await expect(rows).toHaveCount(2);
    await page.getByRole("button", { name: "Raw" }).click();
    await expect(page.getByRole("region", { name: "Raw JSON" })).toContainText("/users/3");
    await card.getByLabel("user", { exact: true }).fill("99");
    await card.getByRole("button", { name: /^Run/ }).click();
    // The browser itself holds the form back at the parameter's own limit.
    expect(await card.getByLabel("user", { exact: true }).evaluate((input: HTMLInputElement) => input.validity.rangeOverflow)).toBe(true);
  } finally {
    await service.stop();
  }
});

test("a job's callback is shown with its attempts, and a dead one can be sent again", async ({ page }) => {
  let answer = 410;
  const receiver: Server = createServer((_, response) => response.writeHead(answer).end()).listen(0, "127.0.0.1");
  await new Promise((resolve) => receiver.once("listening", resolve));
  const { port } = receiver.address() as AddressInfo;
  const service = await start(`callbacks: [{name: crm, url: "http://127.0.0.1:${port}/hook", secretEnv: [CRM_SECRET], allow: [127.0.0.1/32]}]\n`, {
    CRM_SECRET: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
  });
  try {
    await page.goto(`${service.url}/`);
    await write(page, `{"requests": [{"url": "${service.sample}/users/1"}], "callback": {"endpoint": "crm"}}`);
    await page.getByRole("button", { name: "Run as job" }).click();
    const callbacks = page.getByRole("region", { name: "Callbacks" });
    await expect(callbacks).toContainText("crm");
    await expect(callbacks).toContainText("dead");
    await expect(callbacks).toContainText("410");
    answer = 204;
    await callbacks.getByRole("button", { name: "Send again" }).click();
    await expect(callbacks).toContainText("delivered");
    await expect(callbacks).toContainText("204");
  } finally {
    receiver.close();
    await service.stop();
  }
});
