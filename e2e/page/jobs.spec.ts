import { expect, test, write } from "../service.ts";

test("a batch becomes a job, is watched, and its result is shown", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, [1, 2].map((id) => `${service.sample}/users/${id}?_delay=700ms`).join("\n"));
  await page.getByRole("button", { name: "Run as job" }).click();
  await expect(page).toHaveURL(/#\/jobs\/.+/);
  await expect(page.getByText("completed")).toBeVisible();
  await expect(page.getByText("2 of 2")).toBeVisible();
  await expect(page.getByRole("tree")).toContainText("responses");

  await page.getByRole("link", { name: "All jobs" }).click();
  const first = page.getByRole("listitem").filter({ hasText: "completed" }).first();
  await expect(first).toBeVisible();
  const before = page.url();
  await first.getByRole("button", { name: /^Run again/ }).click();
  await expect(page).not.toHaveURL(before);
  await expect(page.getByText("completed")).toBeVisible();
});

test("a running job is cancelled from the list", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, `{"requests": [{"url": "${service.sample}/users/1?_delay=25s"}], "timeout": "29s"}`);
  await page.getByRole("button", { name: "Run as job" }).click();
  await expect(page.getByText("running")).toBeVisible();
  await page.getByRole("link", { name: "All jobs" }).click();
  await page.getByRole("button", { name: /^Cancel/ }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "cancelled" })).toBeVisible();
});
