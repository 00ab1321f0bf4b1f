using ControlPanel.Data.Snapshots;
using ControlPanel.Shared;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.SigV4;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace ControlPanel.Gateways.Spaces;

/// <summary>A request as it goes to the store behind.</summary>
/// <param name="Payload">The body's SHA-256, or UNSIGNED-PAYLOAD; <see langword="null"/>: not signed at all (preflight).</param>
/// <param name="Length">The length of the body when it is known.</param>
/// <param name="HasBody">Whether a body follows.</param>
internal sealed record StoreCall(
    SpacesUpstream Upstream,
    string Target,
    List<S3Header> Headers,
    string? Payload,
    long? Length,
    bool HasBody,
    S3Operation Operation
);

/// <summary>Sends requests to the store behind, signed with its own credential, and its answers back.</summary>
internal sealed partial class StoreForwarder(
    IHttpForwarder forwarder,
    UpstreamClient client,
    UpstreamSigners signers,
    ISpacesDirectory directory,
    TimeProvider clock,
    ILogger<StoreForwarder> logger
)
{
    private const int MaxErrorBytes = 64 * 1024;
    private const int MaxListBytes = 8 * 1024 * 1024;

    // Putting the parts of a large upload together takes a store minutes.
    private static readonly ForwarderRequestConfig s_config = new()
    {
        ActivityTimeout = TimeSpan.FromMinutes(11),
        Version = new Version(1, 1),
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
    };

    /// <summary>Forwards the request whose body, already decoded, stands in the context.</summary>
    public async Task ForwardAsync(HttpContext context, StoreCall call)
    {
        // An upgrade would turn the request into another one than the one that was decided on.
        context.Request.Headers.Remove("Upgrade");
        context.Features.Set<IHttpRequestBodyDetectionFeature>(new BodyDetection(call.HasBody));
        var error = await forwarder.SendAsync(
            context,
            call.Upstream.Address.GetLeftPart(UriPartial.Authority),
            client.Invoker,
            s_config,
            new Transform(this, call)
        );
        if (
            error == ForwarderError.None
            || context.Response.HasStarted
            || context.RequestAborted.IsCancellationRequested
        )
        {
            return;
        }

        context.Response.Clear();
        SetIds(context);
        if (FindFault(context.GetForwarderErrorFeature()?.Exception) is { } fault)
        {
            var answer = S3Errors.Answer(SignatureAnswers.Code(fault));
            context.Response.Headers.Connection = "close";
            await S3Replies.WriteErrorAsync(context, answer.Status, answer.Code, answer.Message);
            return;
        }

        var isLate = error is ForwarderError.RequestTimedOut;
        Log.StoreDoesNotAnswer(logger, call.Upstream.Address.Authority, error);
        await S3Replies.WriteErrorAsync(
            context,
            isLate ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway,
            "InternalError",
            "The store behind the gateway did not answer."
        );
    }

    /// <summary>Sends a request of the gateway's own making and gives back the answer.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        string method,
        StoreCall call,
        HttpContent? content,
        CancellationToken ct
    )
    {
        using var message = new HttpRequestMessage(new HttpMethod(method), (Uri?)null) { Content = content };
        Write(message, method, call);
        return await client.Invoker.SendAsync(message, ct);
    }

    /// <summary>The id that finds this call in Activity is ours, whatever the store calls it.</summary>
    public static void SetIds(HttpContext context)
    {
        context.Response.Headers["x-request-id"] = context.TraceIdentifier;
        context.Response.Headers["x-amz-request-id"] = context.TraceIdentifier;
    }

    /// <summary>Writes the store's error as one that every client can read.</summary>
    public async Task WriteErrorAsync(HttpContext context, HttpResponseMessage answer, SpacesUpstream upstream)
    {
        var status = (int)answer.StatusCode;
        var read = await ReadAsync(answer, MaxErrorBytes, context.RequestAborted);
        var said = read is { Length: > 0 } ? S3Replies.TryRead(read) : null;
        var (code, message) = S3Replies.Meaning(status);
        List<System.Xml.Linq.XElement> details = [];
        if (said?.Name.LocalName == "Error")
        {
            foreach (var part in said.Elements())
            {
                switch (part.Name.LocalName)
                {
                    case "Code" when part.Value.Length > 0:
                        code = part.Value;
                        break;
                    case "Message" when part.Value.Length > 0:
                        message = part.Value;
                        break;
                    case "Code" or "Message" or "RequestId" or "HostId":
                        break;
                    default:
                        details.Add(part);
                        break;
                }
            }
        }

        // About the gateway's own credential: the client's was right, and must not be told that it is wrong.
        if (
            code
            is "InvalidAccessKeyId"
                or "SignatureDoesNotMatch"
                or "RequestTimeTooSkewed"
                or "AuthorizationHeaderMalformed"
                or "InvalidToken"
        )
        {
            Log.StoreRefusesCredential(logger, upstream.Address.Authority, code);
            await S3Replies.WriteErrorAsync(
                context,
                StatusCodes.Status502BadGateway,
                "InternalError",
                "The store behind the gateway refused the gateway's credential."
            );
            return;
        }

        await S3Replies.WriteXmlAsync(context, status, S3Replies.Error(context, code, message, [.. details]));
    }

    private void Write(HttpRequestMessage message, string method, StoreCall call) =>
        UpstreamRequest.Write(
            message,
            method,
            call.Target,
            call.Headers,
            call.Payload ?? "",
            call.Upstream,
            call.Payload is null ? null : signers.For(call.Upstream),
            clock.GetUtcNow()
        );

    // The list of every bucket, without those that other teams hold.
    private async Task WriteBucketsAsync(HttpContext context, HttpResponseMessage answer, SpacesUpstream upstream)
    {
        if (
            await ReadAsync(answer, MaxListBytes, context.RequestAborted) is not { } text
            || S3Replies.TryRead(text) is not { } list
        )
        {
            await S3Replies.WriteErrorAsync(
                context,
                StatusCodes.Status502BadGateway,
                "InternalError",
                "The store behind the gateway gave a list that cannot be read."
            );
            return;
        }

        list.Descendants()
            .Where(e =>
                e.Name.LocalName == "Bucket"
                && e.Elements().FirstOrDefault(n => n.Name.LocalName == "Name")?.Value is { } name
                && directory.FindBucket(name) is { } bucket
                && bucket.TeamId != upstream.TeamId
            )
            .ToList()
            .ForEach(e => e.Remove());
        await S3Replies.WriteXmlAsync(context, StatusCodes.Status200OK, list);
    }

    private static async Task<MemoryStream?> ReadAsync(HttpResponseMessage answer, int most, CancellationToken ct)
    {
        var text = new MemoryStream();
        await using var body = await answer.Content.ReadAsStreamAsync(ct);
        var buffer = new byte[8 * 1024];
        int read;
        while ((read = await body.ReadAsync(buffer, ct)) > 0)
        {
            if (text.Length + read > most)
            {
                return null;
            }

            text.Write(buffer, 0, read);
        }

        text.Position = 0;
        return text;
    }

    private static PayloadFault? FindFault(Exception? exception) =>
        exception switch
        {
            null => null,
            PayloadException payload => payload.Fault,
            AggregateException many => many.InnerExceptions.Select(FindFault).FirstOrDefault(f => f is not null),
            _ => FindFault(exception.InnerException),
        };

    private sealed class Transform(StoreForwarder owner, StoreCall call) : HttpTransformer
    {
        public override ValueTask TransformRequestAsync(
            HttpContext httpContext,
            HttpRequestMessage proxyRequest,
            string destinationPrefix,
            CancellationToken cancellationToken
        )
        {
            if (proxyRequest.Content is { } content)
            {
                content.Headers.ContentLength = call.Length;
            }

            owner.Write(proxyRequest, httpContext.Request.Method, call);
            return ValueTask.CompletedTask;
        }

        public override async ValueTask<bool> TransformResponseAsync(
            HttpContext httpContext,
            HttpResponseMessage? proxyResponse,
            CancellationToken cancellationToken
        )
        {
            var copied = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
            SetIds(httpContext);
            if (proxyResponse is null || HttpMethods.IsHead(httpContext.Request.Method))
            {
                return copied;
            }

            var status = (int)proxyResponse.StatusCode;
            if (status is >= 300 and not StatusCodes.Status304NotModified)
            {
                httpContext.Response.Headers.Remove("Transfer-Encoding");
                httpContext.Response.Headers.Remove("Location");
                await owner.WriteErrorAsync(httpContext, proxyResponse, call.Upstream);
                return false;
            }

            if (call.Operation is S3Operation.ListBuckets)
            {
                await owner.WriteBucketsAsync(httpContext, proxyResponse, call.Upstream);
                return false;
            }

            return copied;
        }
    }

    private sealed class BodyDetection(bool canHaveBody) : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => canHaveBody;
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.StoreDoesNotAnswer,
            LogLevel.Warning,
            "The store {Store} behind the Spaces gateway did not answer: {Error}."
        )]
        public static partial void StoreDoesNotAnswer(ILogger logger, string store, ForwarderError error);

        [LoggerMessage(
            EventIds.StoreRefusesCredential,
            LogLevel.Error,
            "The store {Store} behind the Spaces gateway refused the gateway's credential: {Code}."
        )]
        public static partial void StoreRefusesCredential(ILogger logger, string store, string code);
    }
}
