// Signs and verifies with the libraries receivers and senders really use.
// One JSON object on standard input, one on standard output.
import { readFileSync } from "node:fs";

const { task, secret, body, headers } = JSON.parse(readFileSync(0, "utf8"));
const answer = (value) => process.stdout.write(JSON.stringify(value));

switch (task) {
  case "standard-verify": {
    const { Webhook } = await import("standardwebhooks");
    new Webhook(secret).verify(body, headers);
    answer({ verified: true });
    break;
  }
  case "standard-sign": {
    const { Webhook } = await import("standardwebhooks");
    const at = new Date();
    answer({
      "webhook-id": "msg_npm",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign("msg_npm", at, body),
    });
    break;
  }
  case "github-sign": {
    const { Webhooks } = await import("@octokit/webhooks");
    answer({
      "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
      "x-hub-signature-256": await new Webhooks({ secret }).sign(body),
    });
    break;
  }
  case "stripe-sign": {
    const { default: Stripe } = await import("stripe");
    answer({ "stripe-signature": new Stripe("sk_test_x").webhooks.generateTestHeaderString({ payload: body, secret }) });
    break;
  }
  default:
    throw new Error(`unknown task ${task}`);
}
