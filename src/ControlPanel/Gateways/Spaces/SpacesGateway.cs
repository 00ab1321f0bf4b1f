using System.Collections.Frozen;
using System.Net;
using System.Text;
using ControlPanel.Configuration;
using ControlPanel.Data.Snapshots;
using ControlPanel.Data.Usage;
using ControlPanel.Shared;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.S3;
using ControlPanel.Verification.Secrets;
using ControlPanel.Verification.SigV4;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace ControlPanel.Gateways.Spaces;

/// <summary>
/// S3 in front of each team's own store: verify the signature, classify, decide by bucket and right, decode what was
/// signed in chunks, sign anew and forward. Signature, decision and forwarding all read the one raw target.
/// </summary>
internal sealed class SpacesGateway
{
    private readonly Verifier _verifier;
    private readonly SecretSealer _sealer;
    private readonly SigningKeyCache _signingKeys;
    private readonly SignatureVerifier _signatures;
    private readonly SignatureRules _rules;
    private readonly ISpacesDirectory _directory;
    private readonly StoreForwarder _store;
    private readonly RunningRequests _running;
    private readonly UsageRecorder _usage;
    private readonly SpacesRefusals _refusals;
    private readonly PostObject _forms;
    private readonly TimeProvider _clock;
    private readonly S3Addressing _addressing;
    private readonly S3Addressing _addressingWithDots;

    public SpacesGateway(
        Verifier verifier,
        SecretSealer sealer,
        ISpacesDirectory directory,
        StoreForwarder store,
        RunningRequests running,
        UsageRecorder usage,
        SpacesRefusals refusals,
        TimeProvider clock,
        IOptions<PanelOptions> options
    )
    {
        var own = options.Value.Spaces;
        _verifier = verifier;
        _sealer = sealer;
        _directory = directory;
        _store = store;
        _running = running;
        _usage = usage;
        _refusals = refusals;
        _clock = clock;
        _rules = new SignatureRules
        {
            AllowV2 = own.AllowSignatureV2,
            Regions = own.Regions.Count == 0 ? null : own.Regions.ToFrozenSet(StringComparer.Ordinal),
        };
        _signingKeys = new SigningKeyCache();
        _signatures = new SignatureVerifier(_rules, _signingKeys);
        _addressing = new S3Addressing { Domains = [.. own.Domains.Select(d => d.ToLowerInvariant())] };
        _addressingWithDots = _addressing with { AllowDotSegments = true };
        _forms = new PostObject(this, new PostFormVerifier(_signatures), _rules);
    }

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        StoreForwarder.SetIds(context);
        if (RequestGuards.HasDoubtfulFraming(context.Request))
        {
            context.Response.Headers.Connection = "close";
            return _refusals.SignatureAsync(
                context,
                SignatureRefusal.AmbiguousFraming,
                S3CredentialKind.Invalid,
                key: null,
                Asked(context)
            );
        }

        var head = S3Heads.Of(context);
        if (head.Method == "OPTIONS")
        {
            return PreflightAsync(context, head);
        }

        var credential = S3CredentialParser.Parse(head, _rules);
        return credential.Kind switch
        {
            S3CredentialKind.None when PostObject.IsForm(head) => _forms.HandleAsync(context, head),
            S3CredentialKind.None => _refusals.DecidedAsync(
                context,
                Decision.Deny(DenialReason.NoCredential),
                Asked(context)
            ),
            S3CredentialKind.Invalid => _refusals.SignatureAsync(
                context,
                credential.Refusal,
                credential.Kind,
                key: null,
                Asked(context)
            ),
            _ => SignedAsync(context, head, credential),
        };
    }

    /// <summary>The key that a credential names, from a fresh snapshot.</summary>
    internal Decision Find(in S3Credential credential)
    {
        Span<byte> text = stackalloc byte[SpacesKeyFormat.IdLength];
        var named = credential.AccessKeyId.Span;
        if (
            named.Length != SpacesKeyFormat.IdLength
            || !Encoding.UTF8.TryGetBytes(named, text, out var length)
            || length != text.Length
            || !SpacesKeyFormat.TryParse(text, out var id)
        )
        {
            return Decision.Deny(DenialReason.BadFormat);
        }

        var found = _verifier.Find(KeyFamily.Spaces, id);
        if (found is { IsAllowed: true, Key.IsRevoked: true })
        {
            // Its secret is gone, so nothing could verify the signature; what was derived from it goes too.
            _signingKeys.Remove(named.ToString());
            return Decision.Deny(DenialReason.Revoked, found.Key);
        }

        return found;
    }

    /// <summary>How paths are read in front of a team's store.</summary>
    internal S3Addressing AddressingOf(SpacesUpstream? upstream) =>
        upstream is { AllowDotSegments: true } ? _addressingWithDots : _addressing;

    /// <summary>The store behind a team's buckets.</summary>
    internal SpacesUpstream? UpstreamOf(KeyRecord key) => _directory.UpstreamOf(key.TeamId);

    /// <summary>Opens the secret of a key when it is needed.</summary>
    internal SealedSigningSecret SecretOf(KeyRecord key) => new(key, SpacesKeyFormat.Format(key.LookupId), _sealer);

    /// <summary>Decides, once the signature holds.</summary>
    internal Decision Decide(
        IPAddress? client,
        KeyRecord key,
        in S3Address address,
        S3Request request,
        out AccessRequest asked
    )
    {
        var bucket = address.Level is S3Level.Service ? null : address.Bucket;
        asked = AccessRequest.Spaces(
            bucket,
            (BucketRight)request.Right,
            request.Source?.Bucket,
            client,
            (BucketRight)request.SourceRight
        );
        var decision = _verifier.Judge(key, asked);

        // Full access is full access to the team's own: what another team holds stays out of reach in a shared store.
        return decision.IsAllowed && (IsForeign(bucket, key) || IsForeign(request.Source?.Bucket, key))
            ? Decision.Deny(DenialReason.BucketNotGranted, key)
            : decision;
    }

    /// <summary>Records the use, watches the key while the request runs, forwards.</summary>
    internal async Task ForwardAsync(HttpContext context, KeyRecord key, AccessRequest asked, StoreCall call)
    {
        _usage.RecordUse(key, asked, context.Request.Headers.UserAgent);
        using (_running.Watch(context, key, asked))
        {
            await _store.ForwardAsync(context, call);
        }
    }

    internal SpacesRefusals Refusals => _refusals;

    internal SignatureRules Rules => _rules;

    internal StoreForwarder Store => _store;

    internal RunningRequests Running => _running;

    internal UsageRecorder Usage => _usage;

    internal DateTimeOffset Now => _clock.GetUtcNow();

    internal static Task NoStoreAsync(HttpContext context) =>
        // Not a 5xx that SDKs repeat: nothing changes until an owner acts.
        S3Replies.WriteErrorAsync(
            context,
            StatusCodes.Status501NotImplemented,
            "NotImplemented",
            "No store is set up behind this gateway. An owner of the team can set one."
        );

    /// <summary>What was asked, for the log: never the query, which may hold a signature.</summary>
    internal static string Asked(HttpContext context) => $"{context.Request.Method} {context.Request.Path}";

    /// <summary>Reads a signed head to the end: key, signature, what it does, whether the key covers it.</summary>
    /// <param name="credential">What was found in the head, neither none nor invalid.</param>
    /// <param name="client">The caller's address.</param>
    internal SpacesFinding Examine(in S3RequestHead head, in S3Credential credential, IPAddress? client)
    {
        var found = Find(credential);
        if (!found.IsAllowed)
        {
            return new SpacesFinding { Decision = found, Key = found.Key };
        }

        var key = found.Key;
        var upstream = UpstreamOf(key);
        var addressing = AddressingOf(upstream);
        var address = S3Address.Read(head, addressing);
        var verdict = _signatures.Verify(
            head,
            credential,
            SecretOf(key),
            Now,
            address.IsVirtualHost ? address.Bucket : null
        );
        if (!verdict.IsValid)
        {
            return new SpacesFinding { Key = key, Signature = verdict.Refusal };
        }

        var request = S3Classifier.Classify(head, address, addressing);
        if (request.Refusal is not S3Refusal.None)
        {
            return new SpacesFinding { Key = key, Refusal = request.Refusal };
        }

        var target = ForwardedTarget.Of(head, address, credential.Kind);
        if (target.Refusal is not S3Refusal.None)
        {
            return new SpacesFinding { Key = key, Refusal = target.Refusal };
        }

        return new SpacesFinding
        {
            Decision = Decide(client, key, address, request, out var asked),
            Key = key,
            Verdict = verdict,
            Address = address,
            Request = request,
            Target = target,
            Asked = asked,
            Upstream = upstream,
        };
    }

    private Task SignedAsync(HttpContext context, S3RequestHead head, S3Credential credential)
    {
        var finding = Examine(head, credential, context.Connection.RemoteIpAddress);
        if (finding.Signature is not SignatureRefusal.None)
        {
            return _refusals.SignatureAsync(context, finding.Signature, credential.Kind, finding.Key, Asked(context));
        }

        if (finding.Refusal is not S3Refusal.None)
        {
            return _refusals.RequestAsync(context, finding.Refusal, finding.Key, Asked(context));
        }

        if (finding is not { Request: { } request, Target: { } target, Key: { } key, Address: var address })
        {
            return _refusals.DecidedAsync(context, finding.Decision, Asked(context));
        }

        if (!finding.Decision.IsAllowed)
        {
            return IsOwnBucket(context, key, address, request, out var looked)
                ? AlreadyOwnedAsync(context, key, looked)
                : _refusals.DecidedAsync(
                    context,
                    finding.Decision,
                    $"{request.Operation} {address.Bucket}/{address.Key}"
                );
        }

        if (request.Operation is S3Operation.ListBuckets && !((KeyScope.Buckets)key.Scope).FullAccess)
        {
            _usage.RecordUse(key, finding.Asked, context.Request.Headers.UserAgent);
            return GrantedBuckets.WriteAsync(context, key, _directory);
        }

        return finding.Upstream is not { } upstream
            ? NoStoreAsync(context)
            : ForwardSignedAsync(
                context,
                head,
                key,
                finding.Asked,
                finding.Verdict,
                request.Operation,
                target,
                upstream
            );
    }

    private async Task ForwardSignedAsync(
        HttpContext context,
        S3RequestHead head,
        KeyRecord key,
        AccessRequest asked,
        SignatureVerdict verdict,
        S3Operation operation,
        ForwardedTarget target,
        SpacesUpstream upstream
    )
    {
        var opening = verdict.OpenPayload(head, context.Request.Body, PayloadLimits.Default);
        if (opening.Body is not { } body)
        {
            await _refusals.SignatureAsync(context, opening.Refusal, S3CredentialKind.V4Header, key, Asked(context));
            return;
        }

        await using (body)
        {
            var isChunked = verdict.PayloadMode.IsChunked();
            var length = isChunked ? opening.Length : context.Request.ContentLength;
            var comes = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? length > 0;
            var hasBody = comes && length != 0;
            if (!hasBody && await EmptyBodyFaultAsync(body, context.RequestAborted) is { } fault)
            {
                await _refusals.CodedAsync(
                    context,
                    SignatureAnswers.Code(fault),
                    DenialReason.BadSignature,
                    key,
                    $"{Asked(context)}: {fault}"
                );
                return;
            }

            var headers = UpstreamRequest.Headers(head, target.Headers, isChunked);
            if (!hasBody)
            {
                S3Replies.CloseUnlessContinued(context);
                headers.RemoveAll(h => h.Name.Equals("expect", StringComparison.OrdinalIgnoreCase));
            }

            context.Request.Body = body;
            await ForwardAsync(
                context,
                key,
                asked,
                new StoreCall(
                    upstream,
                    target.Target,
                    headers,
                    verdict.LiteralHash ?? (hasBody ? PayloadModes.Unsigned : PayloadModes.EmptyHash),
                    length,
                    hasBody,
                    operation
                )
            );
        }
    }

    // A body of nothing has no last byte to hold back: it is read to its end before anything is forwarded.
    private static async Task<PayloadFault?> EmptyBodyFaultAsync(Stream body, CancellationToken ct)
    {
        try
        {
            var one = new byte[1];
            return await body.ReadAsync(one, ct) == 0 ? null : PayloadFault.LengthMismatch;
        }
        catch (PayloadException e)
        {
            return e.Fault;
        }
    }

    // rclone creates the bucket before every upload and goes on when it is its own already.
    private bool IsOwnBucket(
        HttpContext context,
        KeyRecord key,
        in S3Address address,
        S3Request request,
        out AccessRequest looked
    )
    {
        looked = AccessRequest.Spaces(
            address.Bucket,
            BucketRight.Read,
            sourceBucket: null,
            context.Connection.RemoteIpAddress
        );
        return request.Operation is S3Operation.CreateBucket
            && !IsForeign(address.Bucket, key)
            && _verifier.Judge(key, looked).IsAllowed;
    }

    private Task AlreadyOwnedAsync(HttpContext context, KeyRecord key, in AccessRequest looked)
    {
        _usage.RecordUse(key, looked, context.Request.Headers.UserAgent);
        return S3Replies.WriteErrorAsync(
            context,
            StatusCodes.Status409Conflict,
            "BucketAlreadyOwnedByYou",
            "The bucket exists already and is yours."
        );
    }

    private bool IsForeign(string? bucket, KeyRecord key) =>
        bucket is not null && _directory.FindBucket(bucket) is { } known && known.TeamId != key.TeamId;

    // A browser asks before it sends anything of a person; the store's own CORS rules answer.
    private async Task PreflightAsync(HttpContext context, S3RequestHead head)
    {
        var address = S3Address.Read(head, _addressing);
        if (
            address.Level is not (S3Level.Bucket or S3Level.Object)
            || head.Count("origin") != 1
            || head.Count("access-control-request-method") != 1
            || context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true
            || _directory.FindBucket(address.Bucket) is not { } bucket
            || _directory.UpstreamOf(bucket.TeamId) is not { } upstream
        )
        {
            await _refusals.DecidedAsync(context, Decision.Deny(DenialReason.NoCredential), Asked(context));
            return;
        }

        // Without the query: a preflight of a presigned address carries its signature.
        var target = address.PathStyleTarget(head);
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var headers = UpstreamRequest.Headers(head, [], isChunked: false);
        headers.RemoveAll(h => h.Name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase));
        await _store.ForwardAsync(
            context,
            new StoreCall(
                upstream,
                mark < 0 ? target : target[..mark],
                headers,
                Payload: null,
                Length: null,
                HasBody: false,
                S3Operation.CorsPreflight
            )
        );
    }
}
