using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ControlPanel.Gateways.Spaces;

/// <summary>
/// Uploads by a form (<c>POST /bucket</c>), signed in a policy. The file is kept aside until it is whole and its length
/// fits the policy, then written to the store as an ordinary upload: the store needs no forms of its own, and a form
/// that breaks off leaves nothing there.
/// </summary>
internal sealed class PostObject(SpacesGateway gateway, PostFormVerifier verifier, SignatureRules rules)
{
    private const int MaxFieldBytes = 32 * 1024;
    private const int MaxFieldsBytes = 64 * 1024;

    // What a form may say about the object, and the header that says it. Amazon's names of the same are taken as they are.
    private static readonly string[] s_objectFields =
    [
        "Cache-Control",
        "Content-Disposition",
        "Content-Encoding",
        "Content-Type",
        "Expires",
    ];

    /// <summary>Whether the request is an upload by a form.</summary>
    public static bool IsForm(in S3RequestHead head) =>
        head.Method == "POST"
        && head.Find("content-type") is { } type
        && type.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase);

    /// <summary>Answers it.</summary>
    public async Task HandleAsync(HttpContext context, S3RequestHead head)
    {
        try
        {
            await UploadAsync(context, head);
        }
        catch (Exception e) when (e is InvalidDataException or IOException && !context.Response.HasStarted)
        {
            // The form breaks off, or its parts are not what multipart/form-data prescribes.
            context.Response.Headers.Connection = "close";
            await RefuseAsync(context, S3ErrorCode.InvalidRequest, DenialReason.Malformed, key: null);
        }
    }

    private async Task UploadAsync(HttpContext context, S3RequestHead head)
    {
        if (
            !MediaTypeHeaderValue.TryParse(head.Find("content-type"), out var type)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 200 } boundary
        )
        {
            await RefuseAsync(context, S3ErrorCode.InvalidRequest, DenialReason.Malformed, key: null);
            return;
        }

        var reader = new MultipartReader(boundary, context.Request.Body)
        {
            HeadersCountLimit = 16,
            HeadersLengthLimit = 16 * 1024,
        };
        var (fields, file, fileName) = await ReadFieldsAsync(reader, context.RequestAborted);
        if (fields is null || file is null)
        {
            await RefuseAsync(context, S3ErrorCode.InvalidRequest, DenialReason.Malformed, key: null);
            return;
        }

        var form = PostForm.Read(head, fields, rules);
        switch (form.Credential.Kind)
        {
            case S3CredentialKind.None:
                await RefuseAsync(context, S3ErrorCode.AccessDenied, DenialReason.NoCredential, key: null);
                return;
            case S3CredentialKind.Invalid:
                await gateway.Refusals.SignatureAsync(
                    context,
                    form.Credential.Refusal,
                    form.Credential.Kind,
                    key: null,
                    SpacesGateway.Asked(context)
                );
                return;
        }

        var found = gateway.Find(form.Credential);
        if (!found.IsAllowed)
        {
            await gateway.Refusals.DecidedAsync(context, found, SpacesGateway.Asked(context));
            return;
        }

        var key = found.Key;
        var upstream = gateway.UpstreamOf(key);
        var addressing = gateway.AddressingOf(upstream);
        var posted = S3Address.Read(head, addressing);
        var upload = verifier.Verify(form, gateway.SecretOf(key), posted.Bucket ?? "", fileName, gateway.Now);
        if (!upload.IsAllowed)
        {
            await gateway.Refusals.SignatureAsync(
                context,
                upload.Refusal,
                form.Credential.Kind,
                key,
                SpacesGateway.Asked(context)
            );
            return;
        }

        // The upload that the form stands for, so that it is decided and forwarded by the rules of every other one.
        var target = $"/{posted.Bucket}/{string.Join('/', upload.Key.Split('/').Select(Uri.EscapeDataString))}";
        var headers = ObjectHeaders(fields);
        if (headers.Exists(h => h.Value.Any(char.IsControl)))
        {
            await RefuseAsync(context, S3ErrorCode.InvalidArgument, DenialReason.Malformed, key);
            return;
        }

        var put = new S3RequestHead(
            "PUT",
            target,
            new S3Header[] { new("host", "") }
                .Concat(headers)
                .ToArray()
        );
        var address = S3Address.Read(put, addressing with { Domains = [] });
        var request = S3Classifier.Classify(put, address, addressing);
        if (posted.Level is not S3Level.Bucket || request.Refusal is not S3Refusal.None)
        {
            await gateway.Refusals.RequestAsync(
                context,
                request.Refusal is S3Refusal.None ? S3Refusal.Method : request.Refusal,
                key,
                SpacesGateway.Asked(context)
            );
            return;
        }

        var decision = gateway.Decide(context.Connection.RemoteIpAddress, key, address, request, out var asked);
        if (!decision.IsAllowed || request.Operation is not S3Operation.PutObject)
        {
            await gateway.Refusals.DecidedAsync(
                context,
                decision.IsAllowed ? Decision.Deny(DenialReason.BucketNotGranted, key) : decision,
                $"{S3Operation.PostObject} {address.Bucket}/{address.Key}"
            );
            return;
        }

        if (upstream is null)
        {
            await SpacesGateway.NoStoreAsync(context);
            return;
        }

        gateway.Usage.RecordUse(key, asked, context.Request.Headers.UserAgent);
        using (gateway.Running.Watch(context, key, asked))
        {
            await using var aside = NewFile();
            if (await KeepAsideAsync(file, aside, upload, context.RequestAborted) is not { } hash)
            {
                await RefuseAsync(context, S3ErrorCode.EntityTooLarge, DenialReason.NotCovered, key);
                return;
            }

            using var content = new StreamContent(aside);
            content.Headers.ContentLength = aside.Length;
            var call = new StoreCall(
                upstream,
                target,
                headers,
                hash,
                aside.Length,
                HasBody: true,
                S3Operation.PostObject
            );
            HttpResponseMessage? answer = null;
            try
            {
                answer = await gateway.Store.SendAsync("PUT", call, content, context.RequestAborted);
                await AnswerAsync(context, answer, fields, posted.Bucket!, upload.Key, call);
            }
            catch (HttpRequestException)
            {
                await S3Replies.WriteErrorAsync(
                    context,
                    StatusCodes.Status502BadGateway,
                    "InternalError",
                    "The store behind the gateway did not answer."
                );
            }
            finally
            {
                answer?.Dispose();
            }
        }
    }

    private async Task AnswerAsync(
        HttpContext context,
        HttpResponseMessage answer,
        List<PostField> fields,
        string bucket,
        string key,
        StoreCall call
    )
    {
        if (!answer.IsSuccessStatusCode)
        {
            await gateway.Store.WriteErrorAsync(context, answer, call.Upstream);
            return;
        }

        var etag = answer.Headers.ETag?.Tag ?? "";
        context.Response.Headers.ETag = etag;
        if (
            Value(fields, "success_action_redirect") is { } redirect
            && Uri.TryCreate(redirect, UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
        )
        {
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = QueryHelpers.AddQueryString(
                uri.AbsoluteUri,
                new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["bucket"] = bucket,
                    ["key"] = key,
                    ["etag"] = etag,
                }
            );
            return;
        }

        switch (Value(fields, "success_action_status"))
        {
            case "200":
                return;
            case "201":
                await S3Replies.WriteXmlAsync(
                    context,
                    StatusCodes.Status201Created,
                    new XElement(
                        "PostResponse",
                        new XElement("Location", call.Target),
                        new XElement("Bucket", bucket),
                        new XElement("Key", key),
                        new XElement("ETag", etag)
                    )
                );
                return;
            default:
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
        }
    }

    private static async Task<(List<PostField>? Fields, Stream? File, string FileName)> ReadFieldsAsync(
        MultipartReader reader,
        CancellationToken ct
    )
    {
        List<PostField> fields = [];
        var total = 0;
        while (await reader.ReadNextSectionAsync(ct) is { } section)
        {
            if (
                !ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
                || HeaderUtilities.RemoveQuotes(disposition.Name).Value is not { Length: > 0 and <= 200 } name
            )
            {
                return (null, null, "");
            }

            if (name.Equals("file", StringComparison.OrdinalIgnoreCase))
            {
                // What stands behind the file is ignored by the protocol.
                var fileName = disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName;
                return (fields, section.Body, HeaderUtilities.RemoveQuotes(fileName).Value ?? "");
            }

            if (await ReadFieldAsync(section.Body, ct) is not { } value)
            {
                return (null, null, "");
            }

            total += name.Length + value.Length;
            if (total > MaxFieldsBytes)
            {
                return (null, null, "");
            }

            fields.Add(new PostField(name, value));
        }

        return (fields, null, "");
    }

    private static async Task<string?> ReadFieldAsync(Stream body, CancellationToken ct)
    {
        using var text = new MemoryStream();
        var buffer = new byte[4096];
        int read;
        while ((read = await body.ReadAsync(buffer, ct)) > 0)
        {
            if (text.Length + read > MaxFieldBytes)
            {
                return null;
            }

            text.Write(buffer, 0, read);
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    // The hash of the file once it is whole; null when it does not fit the policy.
    private static async Task<string?> KeepAsideAsync(
        Stream file,
        FileStream aside,
        PostUpload upload,
        CancellationToken ct
    )
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        long length = 0;
        int read;
        while ((read = await file.ReadAsync(buffer, ct)) > 0)
        {
            length += read;
            if (length > upload.MaxLength)
            {
                return null;
            }

            sha256.AppendData(buffer, 0, read);
            await aside.WriteAsync(buffer.AsMemory(0, read), ct);
        }

        aside.Position = 0;
        return upload.CheckLength(length) is SignatureRefusal.None
            ? Convert.ToHexStringLower(sha256.GetHashAndReset())
            : null;
    }

    private static FileStream NewFile()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), options);
    }

    private static List<S3Header> ObjectHeaders(List<PostField> fields)
    {
        List<S3Header> headers = [];
        foreach (var (name, value) in fields)
        {
            if (name.Equals("acl", StringComparison.OrdinalIgnoreCase))
            {
                headers.Add(new S3Header("x-amz-acl", value));
            }
            else if (
                s_objectFields.Contains(name, StringComparer.OrdinalIgnoreCase)
                || (
                    name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)
                    && !IsOfTheSignature(name)
                    && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')
                )
            )
            {
                headers.Add(new S3Header(name.ToLowerInvariant(), value));
            }
        }

        return headers;
    }

    private static bool IsOfTheSignature(string name) =>
        name.ToLowerInvariant()
            is "x-amz-algorithm"
                or "x-amz-content-sha256"
                or "x-amz-credential"
                or "x-amz-date"
                or "x-amz-security-token"
                or "x-amz-signature";

    private static string? Value(List<PostField> fields, string name) =>
        fields.Find(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { Value.Length: > 0 } field
            ? field.Value
            : null;

    private Task RefuseAsync(
        HttpContext context,
        S3ErrorCode code,
        DenialReason reason,
        ControlPanel.Verification.Keys.KeyRecord? key
    ) => gateway.Refusals.CodedAsync(context, code, reason, key, SpacesGateway.Asked(context));
}
