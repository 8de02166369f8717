// Writes the pictures of docs/img: the page in the middle of a comparison and after it, light and dark, and its other views.

import path from "node:path";
import type { Page } from "@playwright/test";
import { expect, run, test, write } from "../service.ts";

const folder = path.join(import.meta.dirname, "..", "..", "docs", "img");

async function shoot(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: path.join(folder, `${name}.png`), animations: "disabled", caret: "hide" });
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test(`the page, ${colorScheme}`, async ({ page, service }) => {
      await page.goto(`${service.url}/`);
      await expect(page.getByText("3 requests")).toBeVisible();
      await shoot(page, `empty-${colorScheme}`);
      await page.getByRole("button", { name: "Compare", exact: true }).click();
      const second = page.getByRole("region", { name: "All at once" });
      await expect.poll(async () => Number.parseFloat((await second.locator(".label").first().textContent({ timeout: 10_000 })) ?? ""), { intervals: [30], timeout: 10_000 }).toBeGreaterThan(400);
      await shoot(page, `running-${colorScheme}`);
      await expect(page.getByTestId("verdict")).toContainText("faster");
      await expect(page.getByRole("tree")).toBeVisible();
      await page.mouse.move(0, 0);
      await shoot(page, `finished-${colorScheme}`);
    });

    test(`a batch with failures, ${colorScheme}`, async ({ page, service }) => {
      await page.goto(`${service.url}/`);
      // Another user for each theme: the service's cache knows the first already.
      const user = colorScheme === "light" ? 1 : 2;
      const requests = [
        { id: "user", url: `${service.sample}/users/${user}?_delay=180ms` },
        { id: "posts", url: `${service.sample}/posts?userId=${user}&_delay=320ms` },
        { id: "albums", url: `${service.sample}/albums?userId=${user}&_delay=90ms` },
        { id: "flaky", url: `${service.sample}/todos/1?_status=503&_delay=40ms`, retry: { attempts: 2 } },
        { id: "missing", url: `${service.sample}/nothing-here` },
        { id: "private", url: "http://127.0.0.1:9/" },
      ];
      await write(page, JSON.stringify({ requests, timeout: "5s" }, null, 2));
      await page.getByRole("textbox").first().evaluate((area) => area.scrollTo(0, 0));
      await run(page);
      await expect(page.getByRole("tree")).toBeVisible();
      await page.getByRole("region", { name: "All at once" }).getByRole("listitem").first().getByRole("button").first().click();
      await page.mouse.move(0, 0);
      await page.evaluate(() => scrollTo(0, 0));
      await shoot(page, `failures-${colorScheme}`);
      await page.goto(`${service.url}/#/upstreams`);
      await expect(page.getByRole("article").first()).toBeVisible();
      await shoot(page, `upstreams-${colorScheme}`);
    });
  });
}

test("narrow", async ({ page, service }) => {
  await page.setViewportSize({ width: 360, height: 780 });
  await page.goto(`${service.url}/`);
  await write(page, [1, 2, 3].map((id) => `${service.sample}/users/${id}?_delay=400ms`).join("\n"));
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await expect(page.getByTestId("verdict")).toContainText("faster");
  await page.waitForTimeout(600);
  await shoot(page, "narrow");
});
