import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import { expect, run, test, write, type Service } from "../service.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(async (values) => {
    const { axe } = window as unknown as { axe: { run(context: Document, options: object): Promise<{ violations: Violation[] }> } };
    return (await axe.run(document, { runOnly: { type: "tag", values } })).violations;
  }, tags);
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary ?? ""}`));
}

const views: { name: string; open: (page: Page, service: Service) => Promise<void> }[] = [
  { name: "the empty fetch view", open: async (page, { url }) => void (await page.goto(`${url}/`)) },
  {
    name: "a run in progress",
    open: async (page, { url, sample }) => {
      await page.goto(`${url}/`);
      await write(page, `${sample}/users/1\n${sample}/users/2?_delay=8s`);
      await run(page);
      await expect(page.getByText("collected", { exact: true }).first()).toBeVisible();
    },
  },
  {
    name: "a finished comparison with a failure and an open row",
    open: async (page, { url, sample }) => {
      await page.goto(`${url}/`);
      await write(page, `${sample}/users/1\n${sample}/nothing\nhttp://127.0.0.1:9/`);
      await page.getByRole("button", { name: "Compare", exact: true }).click();
      await expect(page.getByRole("tree")).toBeVisible();
      await page.getByRole("region", { name: "All at once" }).getByRole("listitem").first().getByRole("button").first().click();
    },
  },
  {
    name: "faults in the editor",
    open: async (page, { url }) => {
      await page.goto(`${url}/`);
      await write(page, '{"requests": [}');
      await expect(page.getByRole("list", { name: "Faults" })).toBeVisible();
    },
  },
  {
    name: "upstreams",
    open: async (page, { url }) => {
      await page.goto(`${url}/#/upstreams`);
      await expect(page.getByRole("article").first()).toBeVisible();
    },
  },
  {
    name: "the question whether to forget the cache",
    open: async (page, { url }) => {
      await page.goto(`${url}/#/upstreams`);
      await page.getByRole("button", { name: "Forget everything" }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
    },
  },
  { name: "jobs", open: async (page, { url }) => void (await page.goto(`${url}/#/jobs`)) },
  { name: "collections", open: async (page, { url }) => void (await page.goto(`${url}/#/collections`)) },
  {
    name: "the API reference",
    open: async (page, { url }) => {
      await page.goto(`${url}/docs`);
      await expect(page.getByRole("heading", { name: "API reference" })).toBeVisible();
    },
  },
  { name: "an address that names nothing", open: async (page, { url }) => void (await page.goto(`${url}/#/nowhere`)) },
];

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    // Reduced motion: what is measured is not in the middle of a transition.
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });
    for (const { name, open } of views) {
      test(`${name}: no violation axe knows of`, async ({ page, service }) => {
        await open(page, service);
        await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
        expect(await violations(page)).toEqual([]);
      });
    }
  });
}

for (const { name, open } of views) {
  test(`${name}: fits 360 pixels`, async ({ page, service }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await open(page, service);
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
}

test("the theme follows the system until one is chosen, and the choice stays", async ({ page, service }) => {
  const background = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(`${service.url}/`);
  const light = await background();
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await background()).not.toBe(light);
  await page.getByRole("button", { name: /^Theme: system/ }).click();
  expect(await background()).toBe(light);
  await page.reload();
  expect(await background()).toBe(light);
  await page.getByRole("button", { name: /^Theme: light/ }).click();
  expect(await background()).not.toBe(light);
});

test("views keep their address, and a run outlives a look elsewhere", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, `${service.sample}/users/1`);
  await run(page);
  await expect(page.getByRole("tree")).toBeVisible();
  await page.getByRole("link", { name: "Upstreams" }).click();
  await expect(page).toHaveURL(/#\/upstreams$/);
  await expect(page.getByRole("article", { name: "sample" })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("tree")).toBeVisible();
});
