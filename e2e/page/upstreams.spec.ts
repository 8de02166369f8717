import type { Locator, Page } from "@playwright/test";
import { expect, run, test, write } from "../service.ts";

/** A figure of the cache, by its name. */
function figure(page: Page, name: string): Locator {
  return page.getByRole("region", { name: "Cache" }).locator("div").filter({ has: page.getByText(name, { exact: true }) }).locator("dd").first();
}

test("what the cache did and holds is shown, and all of it can be forgotten", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, `${service.sample}/users/7?_of=cache\n${service.sample}/users/8?_of=cache`);
  await run(page);
  await expect(page.getByRole("tree")).toBeVisible();
  await run(page);
  await expect(page.getByRole("listitem").getByText("hit", { exact: true })).toHaveCount(2);
  await page.getByRole("link", { name: "Upstreams" }).click();
  await expect(figure(page, "Hit ratio")).toHaveText(/^\d+ %$/);
  await expect(page.getByRole("article", { name: "sample" }).getByText("Cache hits").locator("..").locator("dd")).toHaveText(/^\d+ %$/);
  const entries = figure(page, "Entries");
  await expect(entries).not.toHaveText("0");
  await expect(figure(page, "Size")).not.toHaveText("0 B");

  const forget = page.getByRole("button", { name: "Forget everything" });
  const question = page.getByRole("dialog", { name: "Forget everything?" });
  await forget.click();
  await question.getByRole("button", { name: "Keep it" }).click();
  await expect(question).toBeHidden();
  await expect(entries).not.toHaveText("0");

  await forget.click();
  await question.getByRole("button", { name: "Forget everything" }).click();
  await expect(question).toBeHidden();
  await expect(entries).toHaveText("0");
  await expect(figure(page, "Size")).toHaveText("0 B");
  await expect(forget).toBeFocused();
});

test("a refusal to forget is told where it was asked", async ({ page, service }) => {
  await page.route("**/v1/cache", (route) => route.fulfill({ status: 403, contentType: "application/problem+json", body: '{"status": 403, "detail": "this key may not"}' }));
  await page.goto(`${service.url}/#/upstreams`);
  await page.getByRole("button", { name: "Forget everything" }).click();
  const question = page.getByRole("dialog", { name: "Forget everything?" });
  await question.getByRole("button", { name: "Forget everything" }).click();
  await expect(question.getByRole("alert")).toHaveText("this key may not");
});
