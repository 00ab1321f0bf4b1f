// Verifies a message with the npm client "standardwebhooks": node webhook.js SECRET ID TIMESTAMP SIGNATURE < body
const { Webhook } = require("standardwebhooks");
const { readFileSync } = require("node:fs");

const [secret, id, timestamp, signature] = process.argv.slice(2);
const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
try {
  console.log(JSON.stringify(new Webhook(secret).verify(readFileSync(0, "utf8"), headers)));
} catch (e) {
  console.log(e.name);
  process.exit(3);
}
