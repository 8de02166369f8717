import { execFileSync } from "node:child_process";
import { expect, run, test, write } from "../service.ts";

test.use({ permissions: ["clipboard-read", "clipboard-write"] });

function inShell(command: string): string {
  return execFileSync("sh", ["-c", command], { encoding: "utf8", timeout: 20_000 });
}

test("the batch copied as curl gives the same when it is pasted into a shell", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, `{"requests": [{"id": "it", "url": "${service.sample}/users/1?q=it's \\"so\\" $HOME"}, {"id": "two", "url": "${service.sample}/users/2"}]}`.replace(/ \\"so\\" /, "%20"));
  await page.getByRole("button", { name: "Copy as curl" }).click();
  await expect(page.getByText("Copied")).toBeVisible();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  const answer = JSON.parse(inShell(command)) as { responses: { id: string; collected: boolean }[] };
  expect(answer.responses.map(({ id }) => id)).toEqual(["it", "two"]);
  expect(answer.responses.every(({ collected }) => collected)).toBe(true);
});

test("one item copied as curl goes to its upstream", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, `${service.sample}/users?id=3&id=4`);
  await run(page);
  const row = page.getByRole("region", { name: "All at once" }).getByRole("listitem").first();
  await expect(row.getByText("collected", { exact: true })).toBeVisible();
  await row.getByRole("button").first().click();
  await row.getByRole("button", { name: "Copy item as curl" }).click();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect((JSON.parse(inShell(command)) as { id: number }[]).map(({ id }) => id)).toEqual([3, 4]);
});
