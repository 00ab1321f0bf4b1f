// node s3.js tour|probe|large <endpoint> <bucket>: Amazon's client for JavaScript with the credential of the environment.
// tour does what a person does with a bucket it may write; probe says what reading and writing come to;
// large uploads as many mebibytes as the next argument says from a stream, in chunks with a checksum behind them.
const { randomBytes } = require("node:crypto");
const { Readable } = require("node:stream");
const s3 = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");
const { createPresignedPost } = require("@aws-sdk/s3-presigned-post");

const [, , what, endpoint, Bucket] = process.argv;
const client = new s3.S3Client({ endpoint, region: "nyc3", forcePathStyle: true, maxAttempts: 1 });
const send = (Command, input) => client.send(new Command({ Bucket, ...input }));
const bytes = async (Key) => Buffer.from(await (await send(s3.GetObjectCommand, { Key })).Body.transformToByteArray());
const codeOf = (work) => work.then(() => "ok", (e) => e.name);

async function tour() {
  const data = randomBytes(12 * 1024 * 1024);
  const small = data.subarray(0, 100_000);
  await send(s3.PutObjectCommand, { Key: "js/buffer ü", Body: small, Metadata: { place: "fjord" } });
  // A stream has no hash yet: the body goes in chunks with a checksum behind it.
  await send(s3.PutObjectCommand, { Key: "js/stream", Body: Readable.from([small]), ContentLength: small.length });
  await new Upload({ client, params: { Bucket, Key: "js/parts", Body: data }, partSize: 5 * 1024 * 1024 }).done();
  await send(s3.CopyObjectCommand, { Key: "js/copy", CopySource: `${Bucket}/js/stream` });
  const link = await getSignedUrl(client, new s3.GetObjectCommand({ Bucket, Key: "js/stream" }), { expiresIn: 60 });
  const put = await getSignedUrl(client, new s3.PutObjectCommand({ Bucket, Key: "js/linked" }), { expiresIn: 60 });
  const linked = await fetch(put, { method: "PUT", body: small });
  const post = await createPresignedPost(client, { Bucket, Key: "js/form", Expires: 60 });
  const form = new FormData();
  Object.entries(post.fields).forEach(([name, value]) => form.append(name, value));
  form.append("file", new Blob([small]));
  const posted = await fetch(post.url, { method: "POST", body: form });
  const same = {};
  for (const key of ["buffer ü", "stream", "copy", "linked", "form"]) {
    same[key] = (await bytes(`js/${key}`)).equals(small);
  }
  same.parts = (await bytes("js/parts")).equals(data);
  same.link = Buffer.from(await (await fetch(link)).arrayBuffer()).equals(small);
  const head = await send(s3.HeadObjectCommand, { Key: "js/buffer ü" });
  const list = await send(s3.ListObjectsV2Command, { Prefix: "js/" });
  const keys = list.Contents.map((o) => ({ Key: o.Key }));
  const removed = await send(s3.DeleteObjectsCommand, { Delete: { Objects: keys } });
  return {
    same, place: head.Metadata.place, listed: keys.length, removed: removed.Deleted.length,
    linked: linked.status, posted: posted.status, buckets: (await client.send(new s3.ListBucketsCommand({}))).Buckets.map((b) => b.Name),
  };
}

async function probe() {
  return {
    read: await codeOf(send(s3.ListObjectsV2Command, {})),
    write: await codeOf(send(s3.PutObjectCommand, { Key: "probe-js", Body: "x" })),
  };
}

async function large() {
  const piece = randomBytes(1024 * 1024);
  const count = Number(process.argv[5]);
  const body = Readable.from((function* () { for (let i = 0; i < count; i++) yield piece; })());
  await send(s3.PutObjectCommand, { Key: "large-js", Body: body, ContentLength: count * piece.length });
  const head = await send(s3.HeadObjectCommand, { Key: "large-js" });
  await send(s3.DeleteObjectCommand, { Key: "large-js" });
  return { length: head.ContentLength };
}

({ tour, probe, large })[what]().then(
  (result) => console.log(JSON.stringify(result)),
  (e) => { console.error(e.name, e.message); process.exit(1); },
);
