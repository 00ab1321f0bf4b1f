using System.Net;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Verification.Decisions;

/// <summary>
/// What a caller wants to do, in the terms of the door it knocks at. Made by the factory of its family;
/// a struct, so that asking costs no allocation.
/// </summary>
public readonly struct AccessRequest
{
    private AccessRequest(KeyFamily family, IPAddress? source)
    {
        Family = family;
        Source = source;
    }

    /// <summary>The door.</summary>
    public KeyFamily Family { get; }

    /// <summary>The client's address as the trusted proxies report it; <see langword="null"/> when unknown.</summary>
    public IPAddress? Source { get; }

    /// <summary>The instant to judge by; <see langword="null"/> means now. Only <em>Try this key</em> sets it.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Functions: the namespace; <see langword="null"/> means the key's own (<c>_</c>).</summary>
    public string? Namespace { get; private init; }

    /// <summary>Spaces: the bucket; <see langword="null"/> for requests of the service itself (list buckets).</summary>
    public string? Bucket { get; private init; }

    /// <summary>Spaces: the right needed on <see cref="Bucket"/>.</summary>
    public BucketRight Right { get; private init; }

    /// <summary>Spaces: the bucket a copy reads from.</summary>
    public string? SourceBucket { get; private init; }

    /// <summary>Spaces: the right needed on <see cref="SourceBucket"/>; a rename also removes the object there.</summary>
    public BucketRight SourceRight { get; private init; }

    /// <summary>Inference: the model; <see langword="null"/> when the request names none.</summary>
    public string? Model { get; private init; }

    /// <summary>Inference: what kind of endpoint is called.</summary>
    public InferenceEndpoint Endpoint { get; private init; }

    /// <summary>API: every one of these scopes is needed.</summary>
    public IReadOnlyList<string>? Scopes { get; private init; }

    /// <summary>A call on the Functions API.</summary>
    /// <param name="namespaceId">An id, or <see langword="null"/> for the key's own namespace.</param>
    public static AccessRequest Functions(string? namespaceId, IPAddress? source) =>
        new(KeyFamily.Functions, source) { Namespace = namespaceId };

    /// <summary>An S3 request.</summary>
    public static AccessRequest Spaces(
        string? bucket,
        BucketRight right,
        string? sourceBucket,
        IPAddress? source,
        BucketRight sourceRight = BucketRight.Read
    ) =>
        new(KeyFamily.Spaces, source)
        {
            Bucket = bucket,
            Right = right,
            SourceBucket = sourceBucket,
            SourceRight = sourceBucket is null ? BucketRight.None : sourceRight,
        };

    /// <summary>A call on the inference API.</summary>
    public static AccessRequest Inference(InferenceEndpoint endpoint, string? model, IPAddress? source) =>
        new(KeyFamily.Inference, source) { Endpoint = endpoint, Model = model };

    /// <summary>A call on the <c>/v2</c> API.</summary>
    public static AccessRequest Api(IReadOnlyList<string> scopes, IPAddress? source) =>
        new(KeyFamily.Api, source) { Scopes = scopes };
}

/// <summary>What an inference endpoint asks of a key.</summary>
public enum InferenceEndpoint : byte
{
    /// <summary>Lists what the key may call; any valid key.</summary>
    Catalogue = 0,

    /// <summary>Calls one model, which must be named and allowed.</summary>
    Model,

    /// <summary>The batch family and its files: needs the batch switch.</summary>
    Batch,

    /// <summary>Names no model and is not a batch: only a key for all models.</summary>
    Unscoped,
}
