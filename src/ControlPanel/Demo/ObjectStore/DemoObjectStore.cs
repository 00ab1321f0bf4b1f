using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using ControlPanel.Shared;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.Secrets;
using ControlPanel.Verification.SigV4;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Net.Http.Headers;

namespace ControlPanel.Demo.ObjectStore;

/// <summary>
/// A small bucket store of S3's shape for <c>--demo</c>, on a loopback socket of its own, with its own credential: what
/// aws, rclone and s3cmd need to list, copy, synchronise and delete, uploads in parts included. Objects are files in the
/// data folder. Not a store to rely on: no versions, no ACLs, no policies.
/// </summary>
public sealed class DemoObjectStore : IAsyncDisposable
{
    /// <summary>The region of its signatures.</summary>
    public const string Region = "demo-1";

    private const int MaxKeyBytes = 1024;
    private const int MaxXmlBytes = 2 * 1024 * 1024;
    private const int MinPartBytes = 5 * 1024 * 1024;

    // What an object keeps of the headers it was written with, beside its own metadata.
    private static readonly string[] s_keptHeaders =
    [
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
    ];

    private static readonly SignatureRules s_rules = new() { AllowV2 = false };

    private readonly ConcurrentDictionary<string, StoredBucket> _buckets = new(StringComparer.Ordinal);
    private readonly SignatureVerifier _signatures = new(s_rules, new SigningKeyCache(capacity: 1));
    private readonly PartialUploads _uploads;
    private readonly ISecretSource _random;
    private readonly TimeProvider _clock;
    private readonly OwnKey _key;
    private readonly WebApplication _app;
    private string _root = "";
    private string _incoming = "";

    public DemoObjectStore(ISecretSource random, TimeProvider clock)
    {
        _random = random;
        _clock = clock;
        _uploads = new PartialUploads(random);
        Span<byte> bytes = stackalloc byte[28];
        random.Fill(bytes);
        _key = new OwnKey("DEMO" + Convert.ToHexString(bytes[..8]), Convert.ToHexStringLower(bytes[8..]));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.UTF8;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Where it listens; known once started.</summary>
    public Uri Address =>
        new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Its own access key id, new at every start.</summary>
    public string AccessKeyId => _key.AccessKeyId;

    /// <summary>The secret to it.</summary>
    internal string SecretKey => _key.SecretText;

    /// <summary>Opens the folder and starts listening.</summary>
    public Task StartAsync(string folder, CancellationToken ct)
    {
        _root = Directory.CreateDirectory(Path.Combine(folder, "buckets")).FullName;
        _incoming = Path.Combine(folder, "incoming");
        if (Directory.Exists(_incoming))
        {
            Directory.Delete(_incoming, recursive: true);
        }

        Directory.CreateDirectory(_incoming);
        foreach (var bucketFolder in Directory.EnumerateDirectories(_root))
        {
            if (StoredBucket.Open(bucketFolder, _random) is { } bucket)
            {
                _buckets[bucket.Name] = bucket;
            }
        }

        return _app.StartAsync(ct);
    }

    /// <summary>Makes a bucket unless it is there, and an object in it.</summary>
    internal void Seed(string bucketName, string key, string contentType, ReadOnlySpan<byte> content)
    {
        var now = _clock.GetUtcNow();
        var bucket = _buckets.GetOrAdd(bucketName, name => StoredBucket.Create(_root, name, now, _random));
        var path = NewFile();
        File.WriteAllBytes(path, content);
        var md5 = Md5(content);
        bucket.Put(
            key,
            new ReceivedBytes(path, content.Length, md5),
            Convert.ToHexStringLower(md5),
            new Dictionary<string, string>(StringComparer.Ordinal) { ["content-type"] = contentType },
            now
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.Server = "ControlPanel-demo-store";
        context.Response.Headers["x-amz-request-id"] = context.TraceIdentifier;
        var head = S3Heads.Of(context);
        var credential = S3CredentialParser.Parse(head, s_rules);
        if (credential.Kind is not S3CredentialKind.V4Header)
        {
            await StoreAnswers.WriteAsync(context, StoreError.AccessDenied);
            return;
        }

        var verdict = _signatures.Verify(head, credential, _key, _clock.GetUtcNow());
        if (!verdict.IsValid)
        {
            var answer = S3Errors.Answer(SignatureAnswers.Code(verdict.Refusal, credential.Kind));
            await StoreAnswers.WriteAsync(context, new StoreError(answer.Status, answer.Code, answer.Message));
            return;
        }

        var opening = verdict.OpenPayload(head, context.Request.Body, PayloadLimits.Default);
        var address = S3Address.Read(head, S3Addressing.Default);
        var request = S3Classifier.Classify(head, address, S3Addressing.Default);
        if (opening.Body is null || request.Refusal is not S3Refusal.None)
        {
            await StoreAnswers.WriteAsync(context, StoreError.InvalidArgument);
            return;
        }

        try
        {
            await DispatchAsync(new Call(context, address, request, opening.Body));
        }
        catch (PayloadException e)
        {
            var answer = S3Errors.Answer(SignatureAnswers.Code(e.Fault));
            await StoreAnswers.WriteAsync(context, new StoreError(answer.Status, answer.Code, answer.Message));
        }
        catch (IOException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The gateway broke the upload off: nothing was stored.
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The same, noticed elsewhere.
        }
    }

    private Task DispatchAsync(Call call)
    {
        if (call.Request.Operation is S3Operation.ListBuckets)
        {
            return ListBucketsAsync(call);
        }

        if (call.Request.Operation is S3Operation.CreateBucket)
        {
            return CreateBucketAsync(call);
        }

        if (!_buckets.TryGetValue(call.Address.Bucket, out var bucket))
        {
            return StoreAnswers.WriteAsync(call.Context, StoreError.NoSuchBucket);
        }

        if (Encoding.UTF8.GetByteCount(call.Address.Key) > MaxKeyBytes)
        {
            return StoreAnswers.WriteAsync(call.Context, StoreError.KeyTooLong);
        }

        return call.Request.Operation switch
        {
            S3Operation.HeadBucket => Task.CompletedTask,
            S3Operation.GetBucketLocation => StoreAnswers.WriteAsync(
                call.Context,
                StoreAnswers.Element("LocationConstraint", Region)
            ),
            S3Operation.GetBucketVersioning => StoreAnswers.WriteAsync(
                call.Context,
                StoreAnswers.Element("VersioningConfiguration")
            ),
            S3Operation.GetBucketCors or S3Operation.GetBucketTagging => StoreAnswers.WriteAsync(
                call.Context,
                StoreError.NotThere
            ),
            S3Operation.AccessControlList => AccessControlAsync(call, bucket),
            S3Operation.DeleteBucket => DeleteBucketAsync(call, bucket),
            S3Operation.ListObjects => ListObjectsAsync(call, bucket),
            S3Operation.ListMultipartUploads => ListUploadsAsync(call),
            S3Operation.DeleteObjects => DeleteObjectsAsync(call, bucket),
            S3Operation.GetObject or S3Operation.HeadObject => GetObjectAsync(call, bucket),
            S3Operation.PutObject => PutObjectAsync(call, bucket),
            S3Operation.CopyObject => CopyObjectAsync(call, bucket),
            S3Operation.DeleteObject => DeleteObjectAsync(call, bucket),
            S3Operation.CreateMultipartUpload => BeginUploadAsync(call),
            S3Operation.UploadPart => UploadPartAsync(call),
            S3Operation.UploadPartCopy => CopyPartAsync(call),
            S3Operation.ListParts => ListPartsAsync(call),
            S3Operation.CompleteMultipartUpload => CompleteUploadAsync(call, bucket),
            S3Operation.AbortMultipartUpload => AbortUploadAsync(call),
            _ => StoreAnswers.WriteAsync(call.Context, StoreError.NotImplemented),
        };
    }

    private Task ListBucketsAsync(Call call) =>
        StoreAnswers.WriteAsync(
            call.Context,
            StoreAnswers.Element(
                "ListAllMyBucketsResult",
                StoreAnswers.Owner(),
                StoreAnswers.Element(
                    "Buckets",
                    _buckets
                        .Values.OrderBy(b => b.Name, StringComparer.Ordinal)
                        .Select(b =>
                            StoreAnswers.Element(
                                "Bucket",
                                StoreAnswers.Element("Name", b.Name),
                                StoreAnswers.Element("CreationDate", StoreAnswers.Time(b.CreatedAt))
                            )
                        )
                )
            )
        );

    private async Task CreateBucketAsync(Call call)
    {
        await call.Body.CopyToAsync(Stream.Null, call.Ct);
        var made = false;
        _buckets.GetOrAdd(
            call.Address.Bucket,
            name =>
            {
                made = true;
                return StoredBucket.Create(_root, name, _clock.GetUtcNow(), _random);
            }
        );
        if (!made)
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.AlreadyOwned);
            return;
        }

        call.Context.Response.Headers.Location = "/" + call.Address.Bucket;
    }

    // Everything here is private, so that is what is answered; asking for anything else is refused.
    private static async Task AccessControlAsync(Call call, StoredBucket bucket)
    {
        if (call.Address.Level is S3Level.Object && bucket.Find(call.Address.Key) is null)
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.NoSuchKey);
            return;
        }

        if (HttpMethods.IsGet(call.Context.Request.Method))
        {
            await StoreAnswers.WriteAsync(call.Context, StoreAnswers.PrivateAcl());
            return;
        }

        var canned = call.Context.Request.Headers["x-amz-acl"].ToString();
        var isPrivate =
            canned.Length > 0
                ? canned == "private"
                : await ReadXmlAsync(call) is { } acl && !acl.Descendants().Any(e => e.Name.LocalName == "URI");
        if (!isPrivate)
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.NotImplemented);
        }
    }

    private Task DeleteBucketAsync(Call call, StoredBucket bucket)
    {
        if (!bucket.TryRemove())
        {
            return StoreAnswers.WriteAsync(call.Context, StoreError.BucketNotEmpty);
        }

        _buckets.TryRemove(bucket.Name, out _);
        call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static Task ListObjectsAsync(Call call, StoredBucket bucket)
    {
        var isV2 = call.Query("list-type") == "2";
        var prefix = call.Query("prefix") ?? "";
        var delimiter = call.Query("delimiter") ?? "";
        var token = call.Query("continuation-token");
        string after;
        if (!isV2)
        {
            after = call.Query("marker") ?? "";
        }
        else if (token is null)
        {
            after = call.Query("start-after") ?? "";
        }
        else if (!TryReadToken(token, out after))
        {
            return StoreAnswers.WriteAsync(call.Context, StoreError.InvalidArgument);
        }

        if (!call.TryMost("max-keys", out var most))
        {
            return StoreAnswers.WriteAsync(call.Context, StoreError.InvalidArgument);
        }

        var page = bucket.List(prefix, delimiter, after, most);
        var encode = call.Encoder();
        var result = StoreAnswers.Element(
            "ListBucketResult",
            StoreAnswers.Element("Name", bucket.Name),
            StoreAnswers.Element("Prefix", encode(prefix)),
            delimiter.Length > 0 ? StoreAnswers.Element("Delimiter", encode(delimiter)) : null,
            StoreAnswers.Element("MaxKeys", most),
            call.Query("encoding-type") is { } encoding ? StoreAnswers.Element("EncodingType", encoding) : null,
            StoreAnswers.Element("IsTruncated", page.IsTruncated)
        );
        if (isV2)
        {
            result.Add(StoreAnswers.Element("KeyCount", page.Objects.Count + page.Prefixes.Count));
            if (token is not null)
            {
                result.Add(StoreAnswers.Element("ContinuationToken", token));
            }
            else if (after.Length > 0)
            {
                result.Add(StoreAnswers.Element("StartAfter", encode(after)));
            }

            if (page.IsTruncated)
            {
                result.Add(StoreAnswers.Element("NextContinuationToken", WriteToken(page.Last)));
            }
        }
        else
        {
            result.Add(StoreAnswers.Element("Marker", encode(after)));
            if (page.IsTruncated)
            {
                result.Add(StoreAnswers.Element("NextMarker", encode(page.Last)));
            }
        }

        var withOwner = !isV2 || call.Query("fetch-owner") == "true";
        result.Add(
            page.Objects.Select(o =>
                StoreAnswers.Element(
                    "Contents",
                    StoreAnswers.Element("Key", encode(o.Key)),
                    StoreAnswers.Element("LastModified", StoreAnswers.Time(o.ModifiedAt)),
                    StoreAnswers.Element("ETag", $"\"{o.ETag}\""),
                    StoreAnswers.Element("Size", o.Size),
                    withOwner ? StoreAnswers.Owner() : null,
                    StoreAnswers.Element("StorageClass", "STANDARD")
                )
            ),
            page.Prefixes.Select(p => StoreAnswers.Element("CommonPrefixes", StoreAnswers.Element("Prefix", encode(p))))
        );
        return StoreAnswers.WriteAsync(call.Context, result);
    }

    private Task ListUploadsAsync(Call call)
    {
        var prefix = call.Query("prefix") ?? "";
        var encode = call.Encoder();
        return StoreAnswers.WriteAsync(
            call.Context,
            StoreAnswers.Element(
                "ListMultipartUploadsResult",
                StoreAnswers.Element("Bucket", call.Address.Bucket),
                StoreAnswers.Element("KeyMarker"),
                StoreAnswers.Element("UploadIdMarker"),
                StoreAnswers.Element("Prefix", encode(prefix)),
                StoreAnswers.Element("MaxUploads", 1000),
                StoreAnswers.Element("IsTruncated", false),
                _uploads
                    .In(call.Address.Bucket, prefix)
                    .Take(1000)
                    .Select(u =>
                        StoreAnswers.Element(
                            "Upload",
                            StoreAnswers.Element("Key", encode(u.Key)),
                            StoreAnswers.Element("UploadId", u.Id),
                            StoreAnswers.Owner(),
                            StoreAnswers.Element("StorageClass", "STANDARD"),
                            StoreAnswers.Element("Initiated", StoreAnswers.Time(u.StartedAt))
                        )
                    )
            )
        );
    }

    private static async Task GetObjectAsync(Call call, StoredBucket bucket)
    {
        var response = call.Context.Response;
        if (bucket.OpenRead(call.Address.Key) is not { } opened)
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.NoSuchKey);
            return;
        }

        var (found, bytes) = opened;
        await using (bytes)
        {
            response.Headers.ETag = $"\"{found.ETag}\"";
            response.GetTypedHeaders().LastModified = found.ModifiedAt;
            var asked = call.Context.Request.GetTypedHeaders();
            switch (Conditions(asked, found))
            {
                case StatusCodes.Status304NotModified:
                    response.StatusCode = StatusCodes.Status304NotModified;
                    return;
                case StatusCodes.Status412PreconditionFailed:
                    await StoreAnswers.WriteAsync(call.Context, StoreError.PreconditionFailed);
                    return;
            }

            response.Headers.AcceptRanges = "bytes";
            foreach (var (name, value) in found.Headers)
            {
                response.Headers[name] = call.Query("response-" + name) ?? value;
            }

            var (from, count) = (0L, found.Size);
            if (asked.Range is { Unit.Value: "bytes", Ranges: { Count: 1 } ranges })
            {
                if (!TryRange(ranges.First(), found.Size, out from, out count))
                {
                    response.Headers.ContentRange = $"bytes */{found.Size}";
                    await StoreAnswers.WriteAsync(call.Context, StoreError.InvalidRange);
                    return;
                }

                response.StatusCode = StatusCodes.Status206PartialContent;
                response.Headers.ContentRange = $"bytes {from}-{from + count - 1}/{found.Size}";
            }

            response.ContentLength = count;
            if (!HttpMethods.IsHead(call.Context.Request.Method))
            {
                bytes.Position = from;
                await CopyAsync(bytes, response.Body, count, call.Ct);
            }
        }
    }

    private async Task PutObjectAsync(Call call, StoredBucket bucket)
    {
        var received = await ReceiveAsync(call);
        if (received is null)
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.BadDigest);
            return;
        }

        var mayReplace = call.Context.Request.Headers.IfNoneMatch != "*";
        var written = bucket.Put(
            call.Address.Key,
            received,
            Convert.ToHexStringLower(received.Md5),
            KeptHeaders(call.Context.Request.Headers),
            _clock.GetUtcNow(),
            mayReplace
        );
        if (written is null)
        {
            File.Delete(received.Path);
            await StoreAnswers.WriteAsync(call.Context, StoreError.PreconditionFailed);
            return;
        }

        call.Context.Response.Headers.ETag = $"\"{written.ETag}\"";
    }

    private async Task CopyObjectAsync(Call call, StoredBucket bucket)
    {
        var source = call.Request.Source!;
        if (!_buckets.TryGetValue(source.Bucket, out var from) || from.OpenRead(source.Key) is not { } opened)
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.NoSuchKey);
            return;
        }

        var (found, bytes) = opened;
        await using (bytes)
        {
            var replaces = call.Context.Request.Headers["x-amz-metadata-directive"] == "REPLACE";
            if (!replaces && from == bucket && source.Key == call.Address.Key)
            {
                await StoreAnswers.WriteAsync(call.Context, StoreError.CopyOntoItself);
                return;
            }

            var path = NewFile();
            await using (var copy = File.Create(path))
            {
                await bytes.CopyToAsync(copy, call.Ct);
            }

            var written = bucket.Put(
                call.Address.Key,
                new ReceivedBytes(path, found.Size, []),
                found.ETag,
                replaces ? KeptHeaders(call.Context.Request.Headers) : found.Headers,
                _clock.GetUtcNow()
            )!;
            await StoreAnswers.WriteAsync(
                call.Context,
                StoreAnswers.Element(
                    "CopyObjectResult",
                    StoreAnswers.Element("LastModified", StoreAnswers.Time(written.ModifiedAt)),
                    StoreAnswers.Element("ETag", $"\"{written.ETag}\"")
                )
            );
        }
    }

    private static Task DeleteObjectAsync(Call call, StoredBucket bucket)
    {
        bucket.Delete(call.Address.Key);
        call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static async Task DeleteObjectsAsync(Call call, StoredBucket bucket)
    {
        if (await ReadXmlAsync(call) is not { } asked)
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.MalformedXml);
            return;
        }

        var keys = Named(asked, "Object").Select(o => Named(o, "Key").FirstOrDefault()?.Value ?? "").ToList();
        if (keys.Count > 1000)
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.MalformedXml);
            return;
        }

        keys.ForEach(bucket.Delete);
        var isQuiet = Named(asked, "Quiet").FirstOrDefault()?.Value == "true";
        await StoreAnswers.WriteAsync(
            call.Context,
            StoreAnswers.Element(
                "DeleteResult",
                isQuiet ? null : keys.Select(k => StoreAnswers.Element("Deleted", StoreAnswers.Element("Key", k)))
            )
        );
    }

    private Task BeginUploadAsync(Call call)
    {
        var upload = _uploads.Begin(
            call.Address.Bucket,
            call.Address.Key,
            _clock.GetUtcNow(),
            KeptHeaders(call.Context.Request.Headers)
        );
        return StoreAnswers.WriteAsync(
            call.Context,
            StoreAnswers.Element(
                "InitiateMultipartUploadResult",
                StoreAnswers.Element("Bucket", upload.Bucket),
                StoreAnswers.Element("Key", upload.Key),
                StoreAnswers.Element("UploadId", upload.Id)
            )
        );
    }

    private async Task UploadPartAsync(Call call)
    {
        if (FindUpload(call) is not { } upload || !call.TryPartNumber(out var number))
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.NoSuchUpload);
            return;
        }

        if (await ReceiveAsync(call) is not { } received)
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.BadDigest);
            return;
        }

        var part = new StoredPart(number, received.Path, received.Size, received.Md5, _clock.GetUtcNow());
        PartialUploads.Add(upload, part);
        call.Context.Response.Headers.ETag = $"\"{part.ETag}\"";
    }

    private async Task CopyPartAsync(Call call)
    {
        var source = call.Request.Source!;
        if (FindUpload(call) is not { } upload || !call.TryPartNumber(out var number))
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.NoSuchUpload);
            return;
        }

        if (!_buckets.TryGetValue(source.Bucket, out var from) || from.OpenRead(source.Key) is not { } opened)
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.NoSuchKey);
            return;
        }

        var (found, bytes) = opened;
        await using (bytes)
        {
            var (start, count) = (0L, found.Size);
            if (
                call.Context.Request.Headers["x-amz-copy-source-range"].ToString() is { Length: > 0 } range
                && !(
                    RangeHeaderValue.TryParse(range, out var parsed)
                    && parsed.Ranges.Count == 1
                    && TryRange(parsed.Ranges.First(), found.Size, out start, out count)
                )
            )
            {
                await StoreAnswers.WriteAsync(call.Context, StoreError.InvalidRange);
                return;
            }

            bytes.Position = start;
            var received = await ReceiveAsync(bytes, count, call.Ct);
            var part = new StoredPart(number, received.Path, received.Size, received.Md5, _clock.GetUtcNow());
            PartialUploads.Add(upload, part);
            await StoreAnswers.WriteAsync(
                call.Context,
                StoreAnswers.Element(
                    "CopyPartResult",
                    StoreAnswers.Element("LastModified", StoreAnswers.Time(part.ReceivedAt)),
                    StoreAnswers.Element("ETag", $"\"{part.ETag}\"")
                )
            );
        }
    }

    private Task ListPartsAsync(Call call)
    {
        if (FindUpload(call) is not { } upload)
        {
            return StoreAnswers.WriteAsync(call.Context, StoreError.NoSuchUpload);
        }

        return StoreAnswers.WriteAsync(
            call.Context,
            StoreAnswers.Element(
                "ListPartsResult",
                StoreAnswers.Element("Bucket", upload.Bucket),
                StoreAnswers.Element("Key", call.Encoder()(upload.Key)),
                StoreAnswers.Element("UploadId", upload.Id),
                StoreAnswers.Owner(),
                StoreAnswers.Element("StorageClass", "STANDARD"),
                StoreAnswers.Element("MaxParts", 10_000),
                StoreAnswers.Element("IsTruncated", false),
                upload
                    .Parts.Values.OrderBy(p => p.Number)
                    .Select(p =>
                        StoreAnswers.Element(
                            "Part",
                            StoreAnswers.Element("PartNumber", p.Number),
                            StoreAnswers.Element("LastModified", StoreAnswers.Time(p.ReceivedAt)),
                            StoreAnswers.Element("ETag", $"\"{p.ETag}\""),
                            StoreAnswers.Element("Size", p.Size)
                        )
                    )
            )
        );
    }

    private async Task CompleteUploadAsync(Call call, StoredBucket bucket)
    {
        if (FindUpload(call) is not { } upload)
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.NoSuchUpload);
            return;
        }

        if (await ReadXmlAsync(call) is not { } asked)
        {
            await StoreAnswers.WriteAsync(call.Context, StoreError.MalformedXml);
            return;
        }

        List<StoredPart> parts = [];
        foreach (var part in Named(asked, "Part"))
        {
            var etag = Named(part, "ETag").FirstOrDefault()?.Value.Trim('"');
            if (
                !int.TryParse(
                    Named(part, "PartNumber").FirstOrDefault()?.Value,
                    CultureInfo.InvariantCulture,
                    out var number
                )
                || !upload.Parts.TryGetValue(number, out var known)
                || known.ETag != etag
            )
            {
                await StoreAnswers.WriteAsync(call.Context, StoreError.InvalidPart);
                return;
            }

            if (parts.Count > 0 && parts[^1].Number >= number)
            {
                await StoreAnswers.WriteAsync(call.Context, StoreError.InvalidPartOrder);
                return;
            }

            parts.Add(known);
        }

        if (parts.Count == 0 || parts.SkipLast(1).Any(p => p.Size < MinPartBytes))
        {
            await StoreAnswers.WriteAsync(
                call.Context,
                parts.Count == 0 ? StoreError.MalformedXml : StoreError.PartTooSmall
            );
            return;
        }

        var (bytes, joinedTag) = await PartialUploads.JoinAsync(parts, NewFile(), call.Ct);
        bucket.Put(upload.Key, bytes, joinedTag, upload.Headers, _clock.GetUtcNow());
        _uploads.End(upload);
        await StoreAnswers.WriteAsync(
            call.Context,
            StoreAnswers.Element(
                "CompleteMultipartUploadResult",
                StoreAnswers.Element("Location", $"/{upload.Bucket}/{Uri.EscapeDataString(upload.Key)}"),
                StoreAnswers.Element("Bucket", upload.Bucket),
                StoreAnswers.Element("Key", upload.Key),
                StoreAnswers.Element("ETag", $"\"{joinedTag}\"")
            )
        );
    }

    private Task AbortUploadAsync(Call call)
    {
        if (FindUpload(call) is not { } upload)
        {
            return StoreAnswers.WriteAsync(call.Context, StoreError.NoSuchUpload);
        }

        _uploads.End(upload);
        call.Context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private PartialUpload? FindUpload(Call call) =>
        _uploads.Find(call.Query("uploadId"), call.Address.Bucket, call.Address.Key);

    // The verified body into a file; null when the client gave another MD5.
    private async Task<ReceivedBytes?> ReceiveAsync(Call call)
    {
        var received = await ReceiveAsync(call.Body, long.MaxValue, call.Ct);
        var declared = call.Context.Request.Headers.ContentMD5.ToString();
        if (declared.Length > 0 && declared != Convert.ToBase64String(received.Md5))
        {
            File.Delete(received.Path);
            return null;
        }

        return received;
    }

    private async Task<ReceivedBytes> ReceiveAsync(Stream from, long most, CancellationToken ct)
    {
        var path = NewFile();
        try
        {
#pragma warning disable CA5351 // The ETag of S3 is an MD5; the body was verified by its signature.
            using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
            await using var file = File.Create(path);
            var buffer = new byte[64 * 1024];
            long size = 0;
            int read;
            while (
                most > size
                && (read = await from.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, most - size)), ct)) > 0
            )
            {
                md5.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), ct);
                size += read;
            }

            return new ReceivedBytes(path, size, md5.GetHashAndReset());
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private string NewFile()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.Fill(bytes);
        return Path.Combine(_incoming, Convert.ToHexStringLower(bytes));
    }

    private static Dictionary<string, string> KeptHeaders(IHeaderDictionary headers)
    {
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in headers)
        {
            var lower = name.ToLowerInvariant();
            if (
                lower.StartsWith("x-amz-meta-", StringComparison.Ordinal)
                || s_keptHeaders.Contains(lower, StringComparer.Ordinal)
            )
            {
                kept[lower] = value.ToString();
            }
        }

        kept.TryAdd("content-type", "binary/octet-stream");
        return kept;
    }

    // RFC 9110 section 13.2.2: the order in which conditions are looked at.
    private static int Conditions(Microsoft.AspNetCore.Http.Headers.RequestHeaders asked, StoredObject found)
    {
        var tag = new EntityTagHeaderValue($"\"{found.ETag}\"");
        var modified = DateTimeOffset.FromUnixTimeSeconds(found.ModifiedAt.ToUnixTimeSeconds());
        if (asked.IfMatch is { Count: > 0 } match)
        {
            if (!match.Any(t => t.Equals(EntityTagHeaderValue.Any) || t.Compare(tag, useStrongComparison: true)))
            {
                return StatusCodes.Status412PreconditionFailed;
            }
        }
        else if (asked.IfUnmodifiedSince is { } unmodified && modified > unmodified)
        {
            return StatusCodes.Status412PreconditionFailed;
        }

        if (asked.IfNoneMatch is { Count: > 0 } none)
        {
            return none.Any(t => t.Equals(EntityTagHeaderValue.Any) || t.Compare(tag, useStrongComparison: false))
                ? StatusCodes.Status304NotModified
                : StatusCodes.Status200OK;
        }

        return asked.IfModifiedSince is { } since && modified <= since
            ? StatusCodes.Status304NotModified
            : StatusCodes.Status200OK;
    }

    private static bool TryRange(RangeItemHeaderValue range, long size, out long from, out long count)
    {
        from = range.From ?? Math.Max(0, size - range.To!.Value);
        var to = range.From is null ? size - 1 : Math.Min(range.To ?? size - 1, size - 1);
        count = to - from + 1;
        return from < size && count > 0;
    }

    private static async Task CopyAsync(FileStream from, Stream to, long count, CancellationToken ct)
    {
        var buffer = new byte[64 * 1024];
        while (count > 0)
        {
            var read = await from.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count)), ct);
            if (read == 0)
            {
                throw new UnreachableException("A stored object is shorter than its description.");
            }

            await to.WriteAsync(buffer.AsMemory(0, read), ct);
            count -= read;
        }
    }

    private static async Task<XElement?> ReadXmlAsync(Call call)
    {
        using var text = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await call.Body.ReadAsync(buffer, call.Ct)) > 0)
        {
            if (text.Length + read > MaxXmlBytes)
            {
                return null;
            }

            text.Write(buffer, 0, read);
        }

        text.Position = 0;
        try
        {
            using var reader = XmlReader.Create(
                text,
                new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null }
            );
            return XElement.Load(reader, LoadOptions.PreserveWhitespace);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    // Clients write these documents with and without the namespace.
    private static IEnumerable<XElement> Named(XElement parent, string name) =>
        parent.Elements().Where(e => e.Name.LocalName == name);

    private static string WriteToken(string last) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(last));

    private static bool TryReadToken(string token, out string last)
    {
        last = "";
        if (token.Length % 2 != 0 || !token.All(char.IsAsciiHexDigit))
        {
            return false;
        }

        last = Encoding.UTF8.GetString(Convert.FromHexString(token));
        return true;
    }

#pragma warning disable CA5351 // The ETag of S3 is an MD5; nothing relies on it.
    private static byte[] Md5(ReadOnlySpan<byte> content) => MD5.HashData(content);
#pragma warning restore CA5351

    private sealed record Call(HttpContext Context, S3Address Address, S3Request Request, Stream Body)
    {
        public CancellationToken Ct => Context.RequestAborted;

        public string? Query(string name) =>
            Context.Request.Query.TryGetValue(name, out var value) ? value.ToString() : null;

        public bool TryMost(string name, out int most)
        {
            most = 1000;
            if (Query(name) is not { Length: > 0 } text)
            {
                return true;
            }

            var read = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out most);
            most = Math.Min(most, 1000);
            return read;
        }

        public bool TryPartNumber(out int number) =>
            int.TryParse(Query("partNumber"), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number is >= 1 and <= 10_000;

        public Func<string, string> Encoder() =>
            Query("encoding-type") == "url"
                ? static text => string.Join('/', text.Split('/').Select(Uri.EscapeDataString))
                : static text => text;
    }

    private readonly struct OwnKey(string id, string secret) : IS3SecretKey
    {
        public string AccessKeyId => id;

        public long SecretVersion => 1;

        public string SecretText => secret;

        public bool TryGetSecret(Span<byte> destination, out int length)
        {
            length = Encoding.UTF8.GetBytes(secret, destination);
            return true;
        }
    }
}
