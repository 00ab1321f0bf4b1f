using System.Globalization;
using System.Text;
using System.Text.Json;
using ControlPanel.Verification.SigV4;

namespace ControlPanel.Tests.Unit.Verification.SigV4;

/// <summary>A key whose secret lies open, which only a test may have.</summary>
internal readonly struct OpenKey(string accessKeyId, string secret, long version = 1) : IS3SecretKey
{
    public string AccessKeyId => accessKeyId;

    public long SecretVersion => version;

    public bool TryGetSecret(Span<byte> destination, out int length) =>
        Encoding.UTF8.TryGetBytes(secret, destination, out length);
}

/// <summary>One request as a real client sent it.</summary>
internal sealed record CapturedRequest(int Number, string Label, string Auth, bool IsRight, S3RequestHead Head)
{
    public override string ToString() => $"{Number} {Label}";
}

/// <summary>One published vector: header and query form of the same case.</summary>
internal sealed record PublishedVector(string Name, OpenKey Key, string Region, DateTimeOffset SignedAt, string Folder)
{
    public string Text(string file) => File.ReadAllText(Path.Combine(Folder, file));
}

/// <summary>The vectors and captures in <c>tests/Unit/data/sigv4</c>.</summary>
internal static class SignatureData
{
    public static readonly OpenKey CaptureKey = new(
        "DO00TESTKEYAAAAAAAA1",
        "s3cr3tKeyForTests+with/slash=0123456789abcdefgh"
    );

    public static readonly OpenKey ExampleKey = new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

    private static readonly string s_root = FindRoot();
    private static readonly Lazy<CapturedRequest[]> s_captures = new(ReadCaptures);

    public static IReadOnlyList<CapturedRequest> Captures => s_captures.Value;

    public static IEnumerable<PublishedVector> Vectors()
    {
        foreach (var folder in Directory.GetDirectories(Path.Combine(s_root, "v4")).Order(StringComparer.Ordinal))
        {
            using var context = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "context.json")));
            var credentials = context.RootElement.GetProperty("credentials");
            yield return new PublishedVector(
                Path.GetFileName(folder),
                new OpenKey(
                    credentials.GetProperty("access_key_id").GetString()!,
                    credentials.GetProperty("secret_access_key").GetString()!
                ),
                context.RootElement.GetProperty("region").GetString()!,
                context.RootElement.GetProperty("timestamp").GetDateTimeOffset(),
                folder
            );
        }
    }

    public static IEnumerable<(string Name, S3RequestHead Head)> Examples()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(s_root, "awsdoc_s3_vectors.json")));
        foreach (var example in document.RootElement.EnumerateArray())
        {
            yield return (
                example.GetProperty("name").GetString()!,
                new S3RequestHead(
                    example.GetProperty("method").GetString()!,
                    example.GetProperty("target").GetString()!,
                    ReadHeaders(example.GetProperty("headers"))
                )
            );
        }
    }

    /// <summary>Reads a request as text: the head, and the body behind the empty line.</summary>
    public static (S3RequestHead Head, string Body) ParseRequest(string text)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var body = end < 0 ? "" : text[(end + 2)..];
        var lines = (end < 0 ? text : text[..end]).Split('\n');
        List<S3Header> headers = [];
        foreach (var line in lines[1..])
        {
            if (line.Length == 0)
            {
                continue;
            }

            // A folded line belongs to the one before. Kestrel refuses it; the vectors predate that rule.
            if (line[0] == ' ')
            {
                headers[^1] = headers[^1] with { Value = headers[^1].Value + " " + line.Trim() };
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers.Add(new S3Header(line[..colon], line[(colon + 1)..].Trim()));
        }

        var start = lines[0].IndexOf(' ', StringComparison.Ordinal);
        var stop = lines[0].LastIndexOf(' ');
        return (
            new S3RequestHead(lines[0][..start], lines[0][(start + 1)..stop], headers.ToArray()),
            body.TrimEnd('\n')
        );
    }

    /// <summary>The instant a request was signed at, or one second before a V2 presigned one ends.</summary>
    public static DateTimeOffset ClockOf(in S3RequestHead head)
    {
        var credential = S3CredentialParser.Parse(head, SignatureRules.Default);
        return credential.SignedAt != default ? credential.SignedAt
            : credential.ExpiresAt is { } end ? end.AddSeconds(-1)
            : new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
    }

    public static SignatureVerdict Verify(
        in S3RequestHead head,
        OpenKey key,
        DateTimeOffset now,
        SignatureRules? rules = null
    )
    {
        rules ??= SignatureRules.Default;
        var credential = S3CredentialParser.Parse(head, rules);
        return credential.Kind is S3CredentialKind.None
            ? default
            : new SignatureVerifier(rules, new SigningKeyCache()).Verify(head, credential, key, now);
    }

    public static S3RequestHead With(in S3RequestHead head, string? target = null, params S3Header[] more) =>
        new(head.Method, target ?? head.Target, (S3Header[])[.. head.Headers.Span, .. more]);

    private static CapturedRequest[] ReadCaptures()
    {
        List<CapturedRequest> captures = [];
        foreach (var line in File.ReadLines(Path.Combine(s_root, "s3_samples.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var check = root.GetProperty("check");
            var auth = check.GetProperty("auth").GetString()!;
            var parts = root.GetProperty("request_line").GetString()!.Split(' ');

            // The verifier that recorded V2 tried one resource only; the three it could not explain are right.
            var isRight =
                auth.StartsWith("sigv2", StringComparison.Ordinal)
                || (check.TryGetProperty("sig_ok", out var ok) && ok.ValueKind is JsonValueKind.True);
            captures.Add(
                new CapturedRequest(
                    captures.Count,
                    root.GetProperty("label").GetString()!,
                    auth,
                    isRight,
                    new S3RequestHead(parts[0], parts[1], ReadHeaders(root.GetProperty("headers")))
                )
            );
        }

        return [.. captures];
    }

    private static S3Header[] ReadHeaders(JsonElement headers) =>
        [.. headers.EnumerateArray().Select(pair => new S3Header(pair[0].GetString()!, pair[1].GetString()!.Trim()))];

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (var candidate in (string[])["data/sigv4", "tests/Unit/data/sigv4"])
            {
                var path = Path.Combine(folder.FullName, candidate);
                // The build copies the JSON files beside the tests, but not the rest.
                if (File.Exists(Path.Combine(path, "LICENSE")))
                {
                    return path;
                }
            }
        }

        throw new DirectoryNotFoundException("tests/Unit/data/sigv4");
    }

    public static DateTimeOffset At(string iso) =>
        DateTimeOffset.ParseExact(
            iso,
            "yyyyMMdd'T'HHmmss'Z'",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal
        );
}
