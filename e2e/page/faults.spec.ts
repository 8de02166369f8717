import { expect, run, runButton, test, write } from "../service.ts";

test("a fault in the JSON is shown where it stands, before anything is sent", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, '{"requests": [\n  {"url": "https://example.com/"},\n]}');
  await expect(page.getByText("JSON batch · 1 fault")).toBeVisible();
  const fault = page.getByRole("list", { name: "Faults" }).getByRole("button");
  await expect(fault).toContainText("3:1");
  await expect(runButton(page)).toBeDisabled();
  await fault.click();
  const editor = page.getByRole("textbox", { name: "URLs one a line" });
  await expect(editor).toBeFocused();
  expect(await editor.evaluate((box: HTMLTextAreaElement) => box.value.slice(0, box.selectionStart).split("\n").length)).toBe(3);
});

test("the service's own faults stand beside the text, each with its pointer", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, `{"requests": [\n  {"url": "${service.sample}/users/1"},\n  {"url": "ftp://example.com/", "nonsense": 1}\n]}`);
  await run(page);
  const faults = page.getByRole("list", { name: "Faults" });
  await expect(faults).toContainText("#/requests/1");
  await expect(faults.getByRole("button").first()).toContainText("3:");
  await write(page, `${service.sample}/users/1`);
  await expect(faults).toHaveCount(0);
});

test("pasted curl commands are requests, and what cannot be translated is said", async ({ page, service }) => {
  await page.goto(`${service.url}/`);
  await write(page, `curl -sS '${service.sample}/users/1' -H 'Accept: application/json'\ncurl ${service.sample}/users/2 --proxy http://proxy.test`);
  await expect(page.getByRole("list", { name: "Faults" })).toContainText("not translated: --proxy");
  await write(page, `curl -sS '${service.sample}/users/1' -H 'Accept: application/json'\ncurl ${service.sample}/users/2`);
  await expect(page.getByText("curl commands · 2 requests")).toBeVisible();
  await page.getByRole("button", { name: "Edit as JSON" }).click();
  await expect(page.getByText("JSON batch · 2 requests")).toBeVisible();
  await run(page);
  await expect(page.getByRole("region", { name: "All at once" }).getByText("collected", { exact: true })).toHaveCount(2);
});
