import { expect, run, runButton, test, write } from "../service.ts";

test("the first load offers the sample, ready to run", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await expect(page).toHaveTitle("gather");
  const editor = page.getByRole("textbox", { name: "URLs one a line" });
  await expect(editor).toHaveValue(new RegExp(`${service.sample}/users/1`));
  await expect(page.getByText("URL list · 3 requests")).toBeVisible();
  await expect(runButton(page)).toBeEnabled();
});

test("rows stream in while others are still running", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, ["600ms", "1200ms", "1800ms"].map((delay, i) => `${service.sample}/users/${i + 1}?_delay=${delay}`).join("\n"));
  await run(page);
  const lane = page.getByRole("region", { name: "All at once" });
  const rows = lane.getByRole("listitem");
  await expect(rows).toHaveCount(3);
  await expect(lane.locator(".live")).toHaveCount(3);

  // A bar grows before its answer is there: by its label, since the axis may grow too.
  const grown = async (): Promise<number> => {
    const label = (await rows.nth(2).locator(".label").textContent()) ?? "";
    return Number.parseFloat(label) * (label.endsWith("ms") ? 1 : 1000);
  };
  const before = await grown();
  await expect(rows.nth(0).getByText("collected", { exact: true })).toBeVisible();
  await expect(rows.nth(2).getByText("in progress")).toBeVisible();
  expect(await grown()).toBeGreaterThan(before);
  expect((await rows.nth(2).locator(".live").boundingBox())!.width).toBeGreaterThan(20);

  await expect(rows.nth(1).getByText("collected", { exact: true })).toBeVisible();
  await expect(rows.nth(2).getByText("in progress")).toBeVisible();
  await expect(rows.nth(2).getByText("collected", { exact: true })).toBeVisible();
  await expect(lane.locator(".part.wait")).toHaveCount(3);
  await expect(page.getByTestId("verdict")).toContainText(/1\.\d\d s/);
});

test("comparing shows what fanning out gains, on one axis", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, [1, 2, 3].map((id) => `${service.sample}/users/${id}?_delay=500ms`).join("\n"));
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  const slow = page.getByRole("region", { name: "One by one" });
  const fast = page.getByRole("region", { name: "All at once" });
  await expect(slow.getByText("waiting").first()).toBeVisible();
  await expect(page.getByTestId("verdict")).toContainText("faster", { timeout: 10_000 });
  const factor = Number(/([\d.]+)×/.exec((await page.getByTestId("verdict").textContent())!)![1]);
  expect(factor).toBeGreaterThanOrEqual(2);
  expect(await slow.locator(".axis").textContent()).toBe(await fast.locator(".axis").textContent());

  // One after the other there, side by side here.
  const lefts = async (lane: typeof slow): Promise<number[]> => Promise.all((await lane.locator(".part.wait").all()).map(async (bar) => (await bar.boundingBox())!.x));
  const [first, , third] = await lefts(slow);
  expect(third! - first!).toBeGreaterThan(100);
  const together = await lefts(fast);
  expect(Math.max(...together) - Math.min(...together)).toBeLessThan((third! - first!) / 3);
});

test("an item that fails says why and costs only itself", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, `${service.sample}/users/1\nhttp://127.0.0.1:9/nobody\n${service.sample}/nothing-here`);
  await run(page);
  const rows = page.getByRole("region", { name: "All at once" }).getByRole("listitem");
  await expect(rows.nth(0).getByText("collected", { exact: true })).toBeVisible();
  await expect(rows.nth(1).getByText("not collected")).toBeVisible();
  await expect(rows.nth(1).getByText("target_blocked")).toBeVisible();
  await expect(rows.nth(2).getByText("not collected")).toBeVisible();
  await expect(rows.nth(2).getByText("404")).toBeVisible();
  await rows.nth(0).getByRole("button").first().click();
  await expect(rows.nth(0).getByText(/total/)).toBeVisible();
});

test("cancelling ends the request, and the service lets go of the upstream", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, `${service.sample}/users/1?_delay=25s`);
  const inFlight = async (): Promise<number> => {
    const { upstreams } = (await (await fetch(`${service.url}/v1/upstreams`)).json()) as { upstreams: { inFlight: number }[] };
    return upstreams.reduce((sum, upstream) => sum + upstream.inFlight, 0);
  };
  await run(page);
  await expect.poll(inFlight).toBe(1);
  await page.getByRole("button", { name: /^Cancel/ }).click();
  await expect(page.getByText(/^Cancelled/)).toBeVisible();
  await expect.poll(inFlight, { timeout: 3000 }).toBe(0);
  await expect(runButton(page)).toBeEnabled();
});

test("a comparison that is cancelled does not begin its second half", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, `${service.sample}/users/1?_delay=20s`);
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await expect(page.getByRole("region", { name: "One by one" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByText(/^Cancelled/)).toBeVisible();
  await expect(page.getByRole("region", { name: "All at once" })).toHaveCount(0);
});

test("the keyboard alone is enough", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await expect(page.getByText("3 requests")).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  for (let presses = 0; presses < 6; presses++) {
    if (await page.getByRole("textbox", { name: "URLs one a line" }).evaluate((box) => box === document.activeElement)) break;
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(`${service.sample}/users/3\n${service.sample}/users/4`);
  await page.keyboard.press("ControlOrMeta+Enter");
  const rows = page.getByRole("region", { name: "All at once" }).getByRole("listitem");
  await expect(rows.nth(1).getByText("collected", { exact: true })).toBeVisible();
  const tree = page.getByRole("tree");
  await expect(tree).toBeVisible();
  await tree.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowLeft");
  const item = tree.getByRole("treeitem", { selected: true });
  await expect(item).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("ArrowRight");
  await expect(item).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("ArrowDown");
  await expect(page.locator("code.path")).toHaveText('."0".id');
});
