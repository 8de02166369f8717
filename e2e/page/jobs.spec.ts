import type { Page } from "@playwright/test";
import { expect, test, write, type Service } from "../service.ts";

/** Sends three slow items, one after the other, as a job. */
async function submit(page: Page, service: Service, delay: string): Promise<void> {
  const requests = [1, 2, 3].map((id) => ({ url: `${service.sample}/todos/${id}?_delay=${delay}` }));
  await page.goto(`${service.url}/`);
  await write(page, JSON.stringify({ requests, concurrency: 1 }));
  await page.getByRole("button", { name: "Run as job" }).click();
}

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

test("a running job is followed by its events, not asked for again and again", async ({ page, service }) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    const path = /\/v1\/jobs\/[^/?]+(\/events)?$/.exec(request.url());
    if (path) asked.push(path[1] ? "events" : "job");
  });
  await submit(page, service, "900ms");
  await expect(page.getByText("1 of 3")).toBeVisible();
  await expect(page.getByText("2 of 3")).toBeVisible();
  await expect(page.getByText("completed", { exact: true })).toBeVisible();
  await expect(page.getByRole("tree")).toContainText("responses");
  expect(asked).toEqual(["job", "events", "job"]);
});

test("a stream of events that breaks is taken up where it ended", async ({ page, service }) => {
  const ids: (string | undefined)[] = [];
  await page.route("**/v1/jobs/*/events", async (route) => {
    ids.push(route.request().headers()["last-event-id"]);
    if (ids.length > 1) await route.continue();
    else await route.fulfill({ contentType: "text/event-stream", body: 'id: 1\nevent: response\ndata: {}\n\nevent: progress\ndata: {"done": 1, "total": 3}\n\nid: 2\nevent: resp' });
  });
  await submit(page, service, "1100ms");
  await expect(page.getByText("completed", { exact: true })).toBeVisible();
  await expect(page.getByText("3 of 3")).toBeVisible();
  expect(ids).toEqual([undefined, "1"]);
});

test("a job is polled where its events do not come through", async ({ page, service }) => {
  await page.route("**/v1/jobs/*/events", (route) => route.abort());
  await submit(page, service, "1600ms");
  await expect(page.getByText("completed", { exact: true })).toBeVisible();
  await expect(page.getByRole("tree")).toContainText("responses");
});
