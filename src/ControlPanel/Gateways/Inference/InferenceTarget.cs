using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Inference;

namespace ControlPanel.Gateways.Inference;

/// <summary>What a request on the Inference door aims at. Closed.</summary>
internal abstract record InferenceTarget
{
    private InferenceTarget() { }

    /// <summary>The list of models, which the gateway makes itself.</summary>
    public sealed record Models : InferenceTarget;

    /// <summary>One model's entry.</summary>
    public sealed record OneModel(string Id) : InferenceTarget;

    /// <summary>A call of a model that the body names.</summary>
    /// <param name="Field">The body's field that names it.</param>
    public sealed record Call(string Field) : InferenceTarget;

    /// <summary>Files, uploads and batches: the models stand in the files, where nobody looks.</summary>
    public sealed record Batch : InferenceTarget;

    /// <summary>Something kept on the server that was made by some model: nobody can tell by which.</summary>
    public sealed record Kept : InferenceTarget;

    /// <summary>A path below <c>/v1</c> that this gateway does not know.</summary>
    public sealed record Unknown : InferenceTarget;

    /// <summary>Nothing that is here.</summary>
    public sealed record Missing : InferenceTarget;

    /// <summary>A spelling that two servers could read differently; refused.</summary>
    public sealed record Ambiguous : InferenceTarget;

    private static readonly string[] s_families =
    [
        "models",
        "chat",
        "completions",
        "responses",
        "embeddings",
        "messages",
        "async-invoke",
        "images",
        "audio",
        "files",
        "uploads",
        "batches",
    ];

    /// <summary>Whose error form the client expects; answered for any path, however wrong.</summary>
    public static Protocol ProtocolOf(string rawTarget) =>
        rawTarget.StartsWith("/v1/messages", StringComparison.Ordinal) ? Protocol.Anthropic : Protocol.OpenAi;

    /// <summary>
    /// Reads the target as it was sent: the same bytes are forwarded, so an upstream must find nothing else in them,
    /// whatever it decodes, folds or resolves.
    /// </summary>
    public static InferenceTarget Parse(string method, string rawTarget)
    {
        var queryAt = rawTarget.IndexOf('?', StringComparison.Ordinal);
        var path = queryAt < 0 ? rawTarget : rawTarget[..queryAt];
        if (!path.StartsWith('/'))
        {
            return new Missing();
        }

        var segments = path[1..].Split('/');
        if (!string.Equals(segments[0], "v1", StringComparison.Ordinal))
        {
            return new Missing();
        }

        var rest = segments[1..];
        if (rest is [] or [""])
        {
            return new Missing();
        }

        var get = method is "GET" or "HEAD";
        if (rest is ["models", .. { Length: > 0 } id] && get)
        {
            return ModelOf(string.Join('/', id));
        }

        if (rest.Any(IsDoubtful) || IsFamilyInOtherLetters(rest))
        {
            return new Ambiguous();
        }

        return (method, rest) switch
        {
            (_, ["models"]) when get => new Models(),
            (_, ["files" or "uploads" or "batches", ..]) => new Batch(),
            (_, ["messages", "batches", ..]) => new Batch(),
            ("POST", ["chat", "completions"]) => new Call("model"),
            ("POST", ["completions" or "responses" or "embeddings" or "messages"]) => new Call("model"),
            ("POST", ["messages", "count_tokens"]) => new Call("model"),
            ("POST", ["images" or "audio", _]) => new Call("model"),
            ("POST", ["async-invoke"]) => new Call("model_id"),
            (_, ["responses" or "async-invoke", _, ..]) => new Kept(),
            (_, ["chat", "completions", ..]) => new Kept(),
            _ => new Unknown(),
        };
    }

    // Ids may hold a slash, which clients send as %2F or as it is (contract of the npm client).
    private static InferenceTarget ModelOf(string escaped)
    {
        var id = Uri.UnescapeDataString(escaped);
        return ModelIds.IsUsable(id) && !id.Split('/').Any(s => s is "" or "." or "..")
            ? new OneModel(id)
            : new Ambiguous();
    }

    // Empty, a dot segment, or holding what some servers decode or cut off (%66iles, files;x, files\).
    private static bool IsDoubtful(string segment) =>
        segment is "" or "." or ".."
        || !segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':' or '@' or '~');

    // Servers that match paths whatever their case would find a batch where we find something unknown.
    private static bool IsFamilyInOtherLetters(string[] rest) =>
        IsOtherSpelling(rest[0], s_families)
        || (rest.Length > 1 && rest[0] is "messages" && IsOtherSpelling(rest[1], ["batches", "count_tokens"]));

    private static bool IsOtherSpelling(string segment, string[] names) =>
        names.Any(n =>
            !string.Equals(n, segment, StringComparison.Ordinal)
            && string.Equals(n, segment, StringComparison.OrdinalIgnoreCase)
        );
}
