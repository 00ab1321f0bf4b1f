// Drives the npm client "openwhisk" against a gateway: node openwhisk.js APIHOST ID:SECRET
const openwhisk = require("openwhisk");
const [apihost, api_key] = process.argv.slice(2);
const client = openwhisk({ apihost, api_key, namespace: "_", ignore_certs: true });

(async () => {
  const out = {};
  out.actions = (await client.actions.list()).map((a) => a.name);
  out.action = (await client.actions.get({ name: "demo/hello" })).name;
  out.result = await client.actions.invoke({ name: "demo/echo", params: { a: 1, b: "ü/+" }, blocking: true, result: true });
  out.activations = (await client.activations.list()).length;
  out.packages = (await client.packages.list()).map((p) => p.name);
  try {
    await client.actions.get({ name: "demo/none" });
    out.missing = "found";
  } catch (e) {
    out.missing = e.statusCode;
  }
  console.log(JSON.stringify(out));
})().catch((e) => {
  console.log(JSON.stringify({ status: e.statusCode, error: e.error && e.error.error }));
  process.exitCode = 3;
});
