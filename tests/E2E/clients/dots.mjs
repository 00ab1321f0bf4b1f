// Drives DigitalOcean's own npm client against the API: node dots.mjs ADDRESS TOKEN WEAK_TOKEN
import { FetchRequestAdapter } from "@microsoft/kiota-http-fetchlibrary";
import { createDigitalOceanClient, DigitalOceanApiKeyAuthenticationProvider } from "@digitalocean/dots";

const [address, token, weak] = process.argv.slice(2);

function connect(value) {
  const adapter = new FetchRequestAdapter(new DigitalOceanApiKeyAuthenticationProvider(value));
  adapter.baseUrl = address;
  return createDigitalOceanClient(adapter).v2;
}

async function refusal(call) {
  try {
    await call();
    return null;
  } catch (e) {
    return { status: e.responseStatusCode, id: e.id, message: e.messageEscaped, request: e.requestId };
  }
}

const v2 = connect(token);
const out = {};

const account = (await v2.account.get()).account;
out.account = { email: account.email, status: account.status, team: account.team.name, verified: account.emailVerified };
out.regions = (await v2.regions.get()).regions.map((r) => r.slug);
out.project = (await v2.projects.get()).projects[0].isDefault;

const vpc = (await v2.vpcs.post({ name: "dots-net", region: "nyc1", ipRange: "10.77.0.0/24" })).vpc;
const vpcs = v2.vpcs.byVpc_id(vpc.id);
out.vpc = {
  range: vpc.ipRange,
  made: vpc.createdAt instanceof Date,
  renamed: (await vpcs.patch({ name: "dots-net-2" })).vpc.name,
  read: (await vpcs.get()).vpc.name,
};
await vpcs.delete();
out.vpc.after = await refusal(() => vpcs.get());

const space = (await v2.functions.namespaces.post({ label: "dots-space", region: "nyc1" })).namespace;
const spaces = v2.functions.namespaces.byNamespace_id(space.namespace);
const made = (await spaces.keys.post({ name: "from dots", expiresIn: "7d" })).accessKey;
const listed = await spaces.keys.get();
out.namespace = {
  listed: (await v2.functions.namespaces.get()).namespaces.some((n) => n.namespace === space.namespace),
  read: (await spaces.get()).namespace.label,
  secret: typeof made.secret,
  days: Math.round((made.expiresAt - made.createdAt) / 86_400_000),
  keys: listed.accessKeys.map((k) => k.name),
  count: listed.count,
  repeated: listed.accessKeys.some((k) => k.secret),
};
await spaces.keys.byKey_id(made.id).delete();
out.namespace.left = (await spaces.keys.get()).count;
await spaces.delete();
out.namespace.after = await refusal(() => spaces.get());

const first = (await v2.spaces.keys.post({ name: "dots", grants: [{ bucket: "raw-photos", permission: "read" }] })).key;
await v2.spaces.keys.post({ name: "dots", grants: [] });
const page = await v2.spaces.keys.get({ queryParameters: { page: 1, perPage: 1, name: "dots" } });
const one = v2.spaces.keys.byAccess_key(first.accessKey);
out.spaces = {
  form: /^DO00[A-Z0-9]{16}$/.test(first.accessKey),
  secret: typeof first.secretKey,
  total: page.meta.total,
  onPage: page.keys.length,
  updated: (await one.put({ name: "dots", grants: [{ bucket: "raw-photos", permission: "readwrite" }] })).key.grants[0].permission,
};
for (const key of (await v2.spaces.keys.get({ queryParameters: { name: "dots" } })).keys) {
  await v2.spaces.keys.byAccess_key(key.accessKey).delete();
}
out.spaces.after = (await v2.spaces.keys.get({ queryParameters: { name: "dots" } })).meta.total;

const infos = await v2.genAi.models.api_keys.get();
out.models = { keys: infos.apiKeyInfos.length, total: infos.meta.total };
out.retired = await refusal(() => v2.genAi.models.api_keys.post({ name: "never" }));
out.missing = await refusal(() => connect(weak).vpcs.get());
out.unknown = await refusal(() => connect("dop_v1_" + "0".repeat(64)).account.get());
console.log(JSON.stringify(out));
