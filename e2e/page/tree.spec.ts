import { expect, run, test, write } from "../service.ts";

test("a megabyte of JSON does not freeze the page", async ({ page, service }) => {
  const size = (await (await fetch(`${service.sample}/photos?_limit=5000`)).text()).length;
  expect(size).toBeGreaterThan(700_000);
  await page.goto(`${service.url}/`);
  await write(page, `{"requests": [{"id": "photos", "url": "${service.sample}/photos?_limit=5000"}, {"id": "comments", "url": "${service.sample}/comments?_limit=500"}]}`);
  await page.evaluate(() => {
    const long: number[] = ((window as unknown as { long: number[] }).long = []);
    new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ["longtask"] });
  });
  await run(page);
  const tree = page.getByRole("tree");
  await expect(tree).toBeVisible();

  const begun = Date.now();
  await page.getByRole("button", { name: "Expand all" }).click();
  await expect(tree.getByRole("treeitem").nth(5)).toBeVisible();
  await tree.focus();
  await page.keyboard.press("End");
  await expect(tree.getByRole("treeitem", { selected: true })).toBeVisible();
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: "Raw" }).click();
  await expect(page.getByRole("region", { name: "Raw JSON" })).toContainText('{"photos":[');
  await page.getByRole("button", { name: "Tree" }).click();
  await expect(tree).toBeVisible();
  expect(Date.now() - begun).toBeLessThan(4000);

  // Only what is seen is made, and no piece of work keeps the page from answering.
  expect(await tree.getByRole("treeitem").count()).toBeLessThan(100);
  const long = await page.evaluate(() => (window as unknown as { long: number[] }).long);
  expect(Math.max(0, ...long)).toBeLessThan(1000);
});

test("numbers are shown as the upstream wrote them", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  const body = '{"big":9007199254740993,"huge":1e400}';
  await page.route("**/v1/fetch", (route) =>
    route.fulfill({
      contentType: "text/event-stream",
      body: `event: response\ndata: {"id":"0","collected":true,"status":200,"body":${body},"attempts":1,"timing":{"start":0,"total":1}}\n\nevent: summary\ndata: {"requests":1,"collected":1,"notCollected":0,"durationMs":1,"sequentialMs":1}\n\n`,
    }),
  );
  await run(page);
  await expect(page.getByRole("tree")).toContainText("9007199254740993");
  await expect(page.getByRole("tree")).toContainText("1e400");
});

test("the collected JSON can be downloaded", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, `${service.sample}/users/1`);
  await run(page);
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toBe("gather.json");
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ "0": { id: 1 } });
});
