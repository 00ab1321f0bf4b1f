// Drives the npm client "openai" against a gateway and prints what happened as JSON.
//   node openai.js tour BASE KEY ALLOWED OTHER      chat, stream, embeddings, list, and another model
//   node openai.js batch BASE KEY MODEL             files and batches
//   node openai.js cut BASE KEY MODEL REVOKE TOKEN  deletes the key (DELETE on REVOKE) while a stream runs
const { OpenAI, toFile } = require("openai");
const [scenario, base, apiKey, model, ...rest] = process.argv.slice(2);

let requests = 0;
const client = new OpenAI({
  apiKey,
  baseURL: `${base}/v1`,
  fetch: (url, init) => {
    requests++;
    return fetch(url, init);
  },
});
const say = (content) => [{ role: "user", content }];

// What the library makes of a refusal, and how often it asked: it repeats 429 and 5xx by itself.
async function refusal(call) {
  const before = requests;
  try {
    await call();
    return { status: 200 };
  } catch (e) {
    return { status: e.status, code: e.code, name: e.constructor.name, id: e.requestID, requests: requests - before };
  }
}

const scenarios = {
  async tour([other]) {
    const out = {};
    const chat = await client.chat.completions.create({ model, messages: say("good morning") });
    out.chat = chat.choices[0].message.content;
    const stream = await client.chat.completions.create({ model, messages: say("count to 3"), stream: true });
    out.stream = [];
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta?.content) out.stream.push(chunk.choices[0].delta.content);
    }
    const response = await client.responses.create({ model, input: "good day" });
    out.response = response.output_text;
    out.models = (await client.models.list()).data.map((m) => m.id).sort();
    out.one = (await client.models.retrieve(model)).id;
    out.other = await refusal(() => client.chat.completions.create({ model: other, messages: say("x") }));
    out.files = await refusal(() => client.files.list());
    out.batches = await refusal(() => client.batches.list());
    return out;
  },

  async batch() {
    const line = { custom_id: "one", method: "POST", url: "/v1/chat/completions", body: { model, messages: say("hi") } };
    const file = await client.files.create({
      file: await toFile(Buffer.from(JSON.stringify(line) + "\n"), "b.jsonl"),
      purpose: "batch",
    });
    const made = await client.batches.create({
      input_file_id: file.id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    const batch = await client.batches.retrieve(made.id);
    const results = await (await client.files.content(batch.output_file_id)).text();
    const embedding = await client.embeddings.create({ model: "gte-large", input: "x" });
    return {
      status: batch.status,
      custom: JSON.parse(results).custom_id,
      dimensions: embedding.data[0].embedding.length,
    };
  },

  async cut([revoke, token]) {
    const out = { received: 0 };
    const stream = await client.chat.completions.create({ model, messages: say("count to 400"), stream: true });
    let revoked;
    try {
      for await (const chunk of stream) {
        out.received++;
        if (!revoked) {
          const done = await fetch(revoke, { method: "DELETE", headers: { authorization: `Bearer ${token}` } });
          out.revoked = done.status;
          revoked = Date.now();
        }
      }
      out.end = "whole";
    } catch (e) {
      out.end = "cut";
      out.after = Date.now() - revoked;
    }
    out.next = await refusal(() => client.chat.completions.create({ model, messages: say("x") }));
    return out;
  },
};

scenarios[scenario](rest)
  .then((out) => console.log(JSON.stringify(out)))
  .catch((e) => {
    console.log(JSON.stringify({ status: e.status, code: e.code, message: e.message }));
    process.exitCode = 3;
  });
