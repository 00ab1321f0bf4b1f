// Drives the npm client "@anthropic-ai/sdk" against a gateway: node anthropic.js BASE KEY ALLOWED OTHER
const Anthropic = require("@anthropic-ai/sdk");
const [baseURL, apiKey, model, other] = process.argv.slice(2);
const client = new Anthropic({ apiKey, baseURL });
const ask = (m, content) => ({ model: m, max_tokens: 64, messages: [{ role: "user", content }] });

(async () => {
  const out = {};
  out.text = (await client.messages.create(ask(model, "good morning"))).content[0].text;
  out.stream = "";
  for await (const event of client.messages.stream(ask(model, "count to 3"))) {
    if (event.type === "content_block_delta") out.stream += event.delta.text;
  }
  try {
    await client.messages.create(ask(other, "x"));
  } catch (e) {
    out.other = { status: e.status, type: e.error?.error?.type, name: e.constructor.name, id: e.requestID };
  }
  console.log(JSON.stringify(out));
})().catch((e) => {
  console.log(JSON.stringify({ status: e.status, message: e.message }));
  process.exitCode = 3;
});
